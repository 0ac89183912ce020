import { renderToStaticMarkup } from 'react-dom/server';
import { expect, it } from 'vitest';
import { FailurePage } from '@/components/frame/failure-page';

it.each([
  ['ChunkLoadError', 'Anyon was updated meanwhile', 'Reload the page'],
  ['UnrecognizedActionError', 'Anyon was updated meanwhile', 'Reload the page'],
  ['TypeError', 'This page could not be drawn', 'Try again'],
])('a page that failed with a %s says: %s', (name, title, button) => {
  const drawn = renderToStaticMarkup(<FailurePage error={Object.assign(new Error('lost'), { name })} reset={() => undefined} />);
  expect(drawn).toContain(title);
  expect(drawn).toContain(button);
});
