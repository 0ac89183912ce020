import { TRPCClientError, type Operation, type OperationResultEnvelope } from '@trpc/client';
import type { Observer } from '@trpc/server/observable';
import type { SubscriptionInput, TabStreamEvent } from '@/contract/tab-stream';
import { errorKind } from '@/components/trpc/error-kind';
import { RetryDelay } from '@/components/trpc/retry-delay';
import type { AppRouter } from '@/server/trpc/router';

type StreamError = TRPCClientError<AppRouter>;
export type FollowerObserver = Observer<OperationResultEnvelope<unknown, StreamError>, StreamError>;

/** What will be no different when it is asked again. */
const final = new Set(['unauthenticated', 'forbidden', 'not_found', 'invalid']);

/** One subscription of this tab: where it goes on, and what its subscriber is told of its connection. */
export class Follower {
  /** Its number in the stream that is open; null while it is in none. */
  id: number | null = null;
  /** Over: its subscriber was told the last that there is to tell. */
  ended = false;
  readonly retry = new RetryDelay();
  readonly #operation: Pick<Operation, 'path' | 'input' | 'context'>;
  readonly #observer: FollowerObserver;
  #lastEventId: string | null = null;

  constructor(operation: Pick<Operation, 'path' | 'input' | 'context'>, observer: FollowerObserver) {
    this.#operation = operation;
    this.#observer = observer;
    this.connecting(null);
  }

  /** Whether it has to go on while nobody sees the tab, as its subscriber says by the context `isNeededWhileHidden`. */
  isNeededWhileHidden(): boolean {
    const { isNeededWhileHidden } = this.#operation.context;
    return typeof isNeededWhileHidden === 'function' && isNeededWhileHidden() === true;
  }

  /** What to ask the server for, under this number: all that comes behind the last event that is here. */
  request(id: number): SubscriptionInput {
    const { path, input } = this.#operation;
    return { id, path, input: this.#lastEventId === null ? input : { ...(input as object), lastEventId: this.#lastEventId } };
  }

  /** It has none at the moment; the error says why not any more. */
  connecting(error: StreamError | null): void {
    this.#observer.next({ result: { type: 'state', state: 'connecting', error } });
  }

  /** Takes what came for it. Returns the error after which it is to be asked for again, null when there is none. */
  take(event: Exclude<TabStreamEvent, { kind: 'opened' }>): StreamError | null {
    if (event.kind === 'data') this.#data(event.eventId, event.data);
    else if (event.kind === 'started') {
      this.#observer.next({ result: { type: 'started' } });
      this.#observer.next({ result: { type: 'state', state: 'pending', error: null } });
    } else if (event.kind === 'done') {
      this.ended = true;
      this.#observer.next({ result: { type: 'stopped' } });
      this.#observer.next({ result: { type: 'state', state: 'idle', error: null } });
      this.#observer.complete();
    } else {
      const error = TRPCClientError.from<AppRouter>({ error: event.error as object });
      if (!final.has(errorKind(error) ?? '')) return error;
      this.refuse(error);
    }
    return null;
  }

  refuse(error: StreamError): void {
    this.ended = true;
    this.#observer.error(error);
  }

  #data(eventId: string | null, data: unknown): void {
    this.retry.forget();
    if (eventId === null) return this.#observer.next({ result: { data } });
    this.#lastEventId = eventId;
    this.#observer.next({ result: { id: eventId, data: { id: eventId, data } } });
  }
}
