import { createTRPCClient, httpBatchLink, splitLink, type TRPCClient, type TRPCLink } from '@trpc/client';
import { observable } from '@trpc/server/observable';
import { MAX_CALLS_PER_REQUEST } from '@/contract/request';
import { hearServerBuild } from '@/components/trpc/server-build';
import { newTraceparent } from '@/components/trpc/traceparent';
import { watchTabSight } from '@/components/trpc/tab-sight';
import { TabStream } from '@/components/trpc/tab-stream';
import { tabStreamTransport } from '@/components/trpc/tab-stream-transport';
import { transformer } from '@/components/trpc/transformer';
import type { AppRouter } from '@/server/trpc/router';

const url = '/api/trpc';

/** The browser's client: queries and mutations in batches over HTTP, all subscriptions of the tab in one stream that goes on by itself after a break. `traced`: each request begins a trace. */
export function createBrowserClient({ traced }: { traced: boolean }): TRPCClient<AppRouter> {
  const stream = new TabStream(tabStreamTransport({ url, EventSource: globalThis.EventSource }), watchTabSight, hearServerBuild);
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (operation) => operation.type === 'subscription',
        true: tabStreamLink(stream),
        false: httpBatchLink({ url, transformer, maxItems: MAX_CALLS_PER_REQUEST, ...(traced && { headers: () => ({ traceparent: newTraceparent() }) }) }),
      }),
    ],
  });
}

/** The last link of a client's subscriptions: each goes into the stream. */
export function tabStreamLink(stream: TabStream): TRPCLink<AppRouter> {
  return () =>
    ({ op }) =>
      observable((observer) => stream.follow(op, observer));
}
