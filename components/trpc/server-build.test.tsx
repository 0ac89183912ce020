import { renderToStaticMarkup } from 'react-dom/server';
import { afterEach, expect, it, vi } from 'vitest';
import { BUILD } from '@/contract/build';
import { TabStream, type TabStreamTransport } from '@/components/trpc/tab-stream';

afterEach(() => vi.resetModules());

/** A stream whose server says this when it is opened; resolves with what was noted of it. */
function openedBy(build: string | undefined): Promise<string | undefined> {
  return new Promise((resolve) => {
    const transport: TabStreamTransport = {
      open: (subscriptions, { onEvent }) => {
        queueMicrotask(() => onEvent({ kind: 'opened', streamId: 'a', ...(build !== undefined && { build }) }));
        return { taken: subscriptions.length, close: () => undefined };
      },
      change: async () => undefined,
      refusal: async () => null,
    };
    const observer = { next: () => undefined, error: () => undefined, complete: () => undefined };
    new TabStream(transport, () => () => undefined, resolve).follow({ path: 'changes.watch', input: undefined, context: {} }, observer);
  });
}

it('a tab hears with its stream of which build the server is, and nothing from a server of before', async () => {
  expect([await openedBy('of tomorrow'), await openedBy(undefined)]).toEqual(['of tomorrow', undefined]);
});

it.each<[string, (string | undefined)[], boolean]>([
  ['no server has said anything', [], false],
  ['the server is of the same build', [BUILD], false],
  ['the server does not say', [undefined], false],
  ['the server is of another', [BUILD, 'of tomorrow'], true],
  ['the server went back', ['of tomorrow', BUILD], false],
])('a tab knows whether it is outdated: %s', async (_what, said, isOutdated) => {
  const { hearServerBuild, outdated } = await import('@/components/trpc/server-build');
  for (const build of said) hearServerBuild(build);
  expect(outdated()).toBe(isOutdated);
});

it('is not said while it is not so', async () => {
  const { NewerBuildNotice } = await import('@/components/frame/newer-build-notice');
  const { QueryClient, QueryClientProvider } = await import('@tanstack/react-query');
  expect(renderToStaticMarkup(<QueryClientProvider client={new QueryClient()}><NewerBuildNotice /></QueryClientProvider>)).toBe('');
});
