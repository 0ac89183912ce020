import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { MarkdownText } from '@/components/ui/markdown';
import { growsStraight } from '@/tests/setup/fuzzing';

const drawn = (text: string) => renderToStaticMarkup(<MarkdownText text={text} />);

describe('Markdown that is hard to read', () => {
  it.each(['[', '![', '*a ', '_a_', '**', '- ', '`', '``a', '[a](', '<', '~', '\\', '&', '| ', 'a@b', 'http://a', '\t', '# ', '[^1]', '((', '*_', '> ', '1. ', '* '])('costs no page its breath: %j', async (piece) => {
    await growsStraight((size) => piece.repeat(size / piece.length), drawn, 16 * 1024);
  });

  it.each(['> '.repeat(20_000), '1. '.repeat(20_000), '- > '.repeat(10_000), `${'*_'.repeat(20_000)}x${'_*'.repeat(20_000)}`, `${' '.repeat(5_000)}- x`, 'x'.repeat(500_000)])('is shown as it came where it is too deep or too long', (text) => {
    expect(drawn(text)).toContain('whitespace-pre-wrap');
  });

  it('is still Markdown where people have quotes in lists in quotes', () => {
    expect(drawn('> - a\n>   - b\n>     > c')).toMatch(/<blockquote>[\s\S]*<ul>[\s\S]*<ul>[\s\S]*<blockquote>/);
  });
});
