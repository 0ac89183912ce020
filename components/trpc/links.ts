import { createTRPCClient, httpBatchLink, httpSubscriptionLink, splitLink, TRPCClientError, type TRPCClient } from '@trpc/client';
import superjson from 'superjson';
import { MAX_CALLS_PER_REQUEST } from '@/contract/request';
import type { AppRouter } from '@/server/trpc/router';
import { errorKind } from '@/components/trpc/error-kind';
import { resumeLink } from '@/components/trpc/resume-link';

const url = '/api/trpc';
const final = new Set(['unauthenticated', 'forbidden', 'not_found']);

/** The browser's client: queries and mutations in batches over HTTP, subscriptions over server-sent events that resume by themselves. */
export function createBrowserClient(): TRPCClient<AppRouter> {
  const plain = createTRPCClient<AppRouter>({ links: [httpBatchLink({ url, transformer: superjson, maxItems: MAX_CALLS_PER_REQUEST })] });
  return createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: (operation) => operation.type === 'subscription',
        true: [resumeLink({ refusal: (operation) => refusal(plain, operation) }), httpSubscriptionLink({ url, transformer: superjson, EventSource: closingEventSource() })],
        false: httpBatchLink({ url, transformer: superjson, maxItems: MAX_CALLS_PER_REQUEST }),
      }),
    ],
  });
}

/** The same access as the subscription, asked by a query, which does say why. */
async function refusal(client: TRPCClient<AppRouter>, operation: { path: string; input: unknown }): Promise<TRPCClientError<AppRouter> | null> {
  try {
    const { runId, workspaceId } = (operation.input ?? {}) as { runId?: string; workspaceId?: string };
    if (runId) await client.runs.byId.query({ runId });
    else if (workspaceId) await client.workspaces.byId.query({ workspaceId });
    else await client.workspaces.list.query();
    return null;
  } catch (error) {
    return error instanceof TRPCClientError && final.has(errorKind(error) ?? '') ? error : null;
  }
}

/**
 * An EventSource that gives up at the first failure. The browser's own reconnecting waits 3 s, repeats the old address and ends for good on a 502;
 * `resumeLink` does it better, and one of the two is enough.
 */
function closingEventSource(): typeof EventSource {
  if (typeof EventSource === 'undefined') return undefined as never; // on the server nothing subscribes
  return class extends EventSource {
    constructor(address: string | URL, init?: EventSourceInit) {
      super(address, init);
      this.addEventListener('error', () => this.close());
    }
  };
}
