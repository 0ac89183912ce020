import { createTRPCClient, httpLink, httpSubscriptionLink, TRPCClientError } from '@trpc/client';
import superjson from 'superjson';
import type { SubscriptionInput } from '@/contract/tab-stream';
import { errorKind } from '@/components/trpc/error-kind';
import type { TabStreamTransport } from '@/components/trpc/tab-stream';
import { transformer } from '@/components/trpc/transformer';
import type { AppRouter } from '@/server/trpc/router';

/** What may stand in an address: proxies take 8 KB of it, cookies not counted. The rest is added when the stream is open. */
const MOST_IN_ADDRESS = 4_000;

interface Ways {
  url: string;
  EventSource: typeof EventSource;
  /** For calls; the browser's own unless it is told. */
  fetch?: typeof fetch;
}

/** Speaks with the server over server-sent events, and over plain calls for what goes the other way. */
export function tabStreamTransport({ url, EventSource, fetch }: Ways): TabStreamTransport {
  const calls = createTRPCClient<AppRouter>({ links: [httpLink({ url, transformer, ...(fetch && { fetch }) })] });
  const streams = createTRPCClient<AppRouter>({ links: [httpSubscriptionLink({ url, transformer, EventSource: closing(EventSource) })] });
  return {
    open(subscriptions, { onEvent, onBroken }) {
      const taken = fitting(subscriptions);
      let isOver = false;
      const broken = (error: TRPCClientError<AppRouter>) => {
        if (isOver) return;
        isOver = true;
        queueMicrotask(() => subscription.unsubscribe());
        onBroken(error);
      };
      const subscription = streams.streams.follow.subscribe(
        { subscriptions: [...taken] },
        {
          onData: (event) => isOver || onEvent(event),
          onConnectionStateChange: ({ error }) => error && broken(error),
          onError: broken,
          onComplete: () => broken(new TRPCClientError('The stream has ended.')),
        },
      );
      return {
        taken: taken.length,
        close: () => {
          isOver = true;
          subscription.unsubscribe();
        },
      };
    },
    change: (change) => calls.streams.change.mutate(change),
    async refusal() {
      try {
        await calls.alerts.unread.query();
        return null;
      } catch (error) {
        return error instanceof TRPCClientError && errorKind(error) === 'unauthenticated' ? error : null;
      }
    },
  };
}

/** The first of them, as many as an address can hold. */
function fitting(subscriptions: readonly SubscriptionInput[]): readonly SubscriptionInput[] {
  let room = MOST_IN_ADDRESS;
  const end = subscriptions.findIndex((each) => (room -= encodeURIComponent(superjson.stringify(each)).length) < 0);
  return end < 0 ? subscriptions : subscriptions.slice(0, end);
}

/**
 * An EventSource that gives up at the first failure. The browser's own reconnecting waits 3 s, repeats the old address and ends for good on a 502; the tab's stream
 * does it better, and one of the two is enough.
 */
function closing(Source: typeof EventSource): typeof EventSource {
  if (typeof Source === 'undefined') return Source; // on the server nothing subscribes
  return class extends Source {
    constructor(address: string | URL, init?: EventSourceInit) {
      super(address, init);
      this.addEventListener('error', () => this.close());
    }
  };
}
