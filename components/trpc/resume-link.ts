import type { TRPCClientError, TRPCLink } from '@trpc/client';
import { observable, type Unsubscribable } from '@trpc/server/observable';
import type { AppRouter } from '@/server/trpc/router';

interface Options {
  /** Asked after a failure: an error when the server refuses for good, null when it is worth trying again. */
  refusal: (operation: { path: string; input: unknown }) => Promise<TRPCClientError<AppRouter> | null>;
}

const firstDelayMs = 250;
const lastDelayMs = 5000;

/**
 * Keeps subscriptions alive: after a failure it waits (250 ms, doubling to 5 s, from the start again once data came) and subscribes from the last
 * event id. tRPC's own retry link does the same but neither says that it waits nor forgets old failures.
 * An EventSource does not tell why it was closed, so `refusal` asks; only a refusal ends the subscription.
 */
export function resumeLink(options: Options): TRPCLink<AppRouter> {
  return () =>
    ({ op, next }) =>
      observable((observer) => {
        let current: Unsubscribable | null = null;
        let timer: ReturnType<typeof setTimeout> | undefined;
        let closed = false;
        let delay = firstDelayMs;
        let lastEventId: string | undefined;

        const again = async (error: TRPCClientError<AppRouter>) => {
          observer.next({ result: { type: 'state', state: 'connecting', error } });
          const refusal = await options.refusal(op);
          if (closed) return;
          if (refusal) return observer.error(refusal);
          timer = setTimeout(attempt, delay);
          delay = Math.min(delay * 2, lastDelayMs);
        };

        const attempt = () => {
          const input = lastEventId ? { ...(op.input as object), lastEventId } : op.input;
          current = next({ ...op, input }).subscribe({
            next(envelope) {
              const { result } = envelope;
              if (!result.type || result.type === 'data') delay = firstDelayMs;
              if ('id' in result && result.id) lastEventId = result.id;
              observer.next(envelope);
            },
            error: (error) => void again(error),
            complete: () => observer.complete(),
          });
          if (closed) current.unsubscribe();
        };

        attempt();
        return () => {
          closed = true;
          clearTimeout(timer);
          current?.unsubscribe();
        };
      });
}
