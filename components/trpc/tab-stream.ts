import type { Operation, TRPCClientError } from '@trpc/client';
import type { ChangeTabStreamInput, SubscriptionInput, TabStreamEvent } from '@/contract/tab-stream';
import { errorKind } from '@/components/trpc/error-kind';
import { Follower, type FollowerObserver } from '@/components/trpc/follower';
import { RetryDelay } from '@/components/trpc/retry-delay';
import type { Sight } from '@/components/trpc/tab-sight';
import type { AppRouter } from '@/server/trpc/router';

type StreamError = TRPCClientError<AppRouter>;

/** How a tab speaks with the server about its stream. */
export interface TabStreamTransport {
  /** Opens it. `subscriptions` are taken in their order, as many as go along; returns how many, and how to close it. `onBroken` comes once, and then nothing more. */
  open: (subscriptions: readonly SubscriptionInput[], handlers: { onEvent: (event: TabStreamEvent) => void; onBroken: (error: StreamError) => void }) => { taken: number; close: () => void };
  change: (change: ChangeTabStreamInput) => Promise<void>;
  /** Asked after a break of which nothing says why: an error when the person may not come back, null when it is worth trying again. */
  refusal: () => Promise<StreamError | null>;
}

const signedOut = new Set(['unauthenticated', 'forbidden']);

interface Connection {
  close: () => void;
  /** Null until the server has said it. */
  streamId: string | null;
  byId: Map<number, Follower>;
  dropped: number[];
}

/**
 * The one stream of this tab, with all that is subscribed in it. What is added or dropped is told to the server beside the stream, which stays; a break is one
 * retry, after which everything goes on behind its last event. While nobody sees the tab only what is needed then is followed, and the rest goes on afterwards as if nothing
 * had been.
 */
export class TabStream {
  readonly #transport: TabStreamTransport;
  readonly #watchSight: (onChange: (sight: Sight) => void) => () => void;
  readonly #onOpened: (build: string | undefined) => void;
  readonly #followers = new Set<Follower>();
  readonly #retry = new RetryDelay();
  #connection: Connection | null = null;
  #sight: Sight = 'seen';
  /** Ends the watch of how the tab is seen; null while nothing is followed. */
  #unwatch: (() => void) | null = null;
  /** The stream broke, and the server is asked why. */
  #isAsking = false;
  #gathering: ReturnType<typeof setTimeout> | undefined;
  #lastId = 0;

  /** `onOpened` is told the build of the server whenever the stream is opened. */
  constructor(transport: TabStreamTransport, watchSight: (onChange: (sight: Sight) => void) => () => void, onOpened: (build: string | undefined) => void = () => undefined) {
    this.#transport = transport;
    this.#watchSight = watchSight;
    this.#onOpened = onOpened;
  }

  /** Follows until the returned function is called, or the observer was told the end. */
  follow(operation: Pick<Operation, 'path' | 'input' | 'context'>, observer: FollowerObserver): () => void {
    this.#unwatch ??= this.#watchSight((sight) => this.#see(sight));
    const follower = new Follower(operation, observer);
    this.#followers.add(follower);
    this.#gather();
    return () => this.#leave(follower);
  }

  #leave(follower: Follower): void {
    follower.retry.stop();
    this.#followers.delete(follower);
    this.#park(follower);
    this.#gather();
  }

  #see(sight: Sight): void {
    this.#sight = sight;
    this.#gather();
  }

  /** Takes it out of the stream that is open. */
  #park(follower: Follower): void {
    if (follower.id === null) return;
    this.#connection?.byId.delete(follower.id);
    this.#connection?.dropped.push(follower.id);
    follower.id = null;
  }

  /** What is subscribed and left in one go is told in one go. */
  #gather(): void {
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined;
      this.#adapt();
    });
  }

  /** Makes the stream carry what is wanted now. */
  #adapt(): void {
    if (this.#followers.size === 0) this.#rest();
    const wanted = [...this.#followers].filter((follower) => this.#isWanted(follower));
    for (const follower of this.#followers) if (!wanted.includes(follower)) this.#park(follower);
    if (wanted.length === 0) return this.#close();
    if (this.#isAsking || this.#retry.isWaiting) return;
    if (!this.#connection) return this.#open(wanted);
    if (this.#connection.streamId !== null) this.#tell(this.#connection, wanted.filter(({ id, retry }) => id === null && !retry.isWaiting));
  }

  #rest(): void {
    this.#unwatch?.();
    this.#unwatch = null;
    this.#sight = 'seen';
  }

  #isWanted(follower: Follower): boolean {
    return this.#sight === 'seen' || (this.#sight === 'needed' && follower.isNeededWhileHidden());
  }

  #close(): void {
    this.#retry.stop();
    this.#connection?.close();
    this.#connection = null;
  }

  #open(wanted: readonly Follower[]): void {
    const connection: Connection = { close: () => undefined, streamId: null, byId: new Map(), dropped: [] };
    this.#connection = connection;
    for (const { retry } of wanted) retry.stop(); // all are asked for again
    const requests = wanted.map((follower) => follower.request(++this.#lastId));
    const { taken, close } = this.#transport.open(requests, {
      onEvent: (event) => this.#connection === connection && this.#receive(connection, event),
      onBroken: (error) => this.#connection === connection && void this.#broken(error),
    });
    connection.close = close;
    for (const [index, follower] of wanted.slice(0, taken).entries()) this.#enter(connection, follower, requests[index]?.id ?? 0);
  }

  #enter(connection: Connection, follower: Follower, id: number): void {
    follower.id = id;
    connection.byId.set(id, follower);
  }

  #receive(connection: Connection, event: TabStreamEvent): void {
    if (event.kind === 'opened') {
      connection.streamId = event.streamId;
      this.#onOpened(event.build);
      return this.#adapt();
    }
    if (event.kind === 'data') this.#retry.forget();
    const follower = connection.byId.get(event.id);
    if (!follower) return; // it was dropped, and this was on its way
    const error = follower.take(event);
    if (!error && !follower.ended) return;
    connection.byId.delete(event.id);
    follower.id = null;
    if (!error) {
      this.#followers.delete(follower);
      return this.#gather();
    }
    follower.connecting(error);
    follower.retry.wait(() => this.#gather());
  }

  /** Tells the server what to add and what to drop, again and again until it has heard it or the stream is another one. */
  #tell(connection: Connection, added: readonly Follower[]): void {
    const drop = connection.dropped.splice(0);
    if (added.length === 0 && drop.length === 0) return;
    const add = added.map((follower) => {
      const request = follower.request(++this.#lastId);
      this.#enter(connection, follower, request.id);
      return request;
    });
    const change = { streamId: connection.streamId ?? '', add, drop };
    const retry = new RetryDelay();
    const send = (): void => {
      if (this.#connection !== connection) return; // the next one was opened with all of it
      this.#transport.change(change).catch((error: StreamError) => {
        if (this.#connection !== connection) return;
        const kind = errorKind(error);
        if (kind === 'not_found') return void this.#broken(error);
        const lacking = add.flatMap(({ id }) => connection.byId.get(id) ?? []);
        if (kind === 'invalid' || signedOut.has(kind ?? '')) return this.#refuse(lacking, error);
        for (const follower of lacking) follower.connecting(error);
        retry.wait(send);
      });
    };
    send();
  }

  #refuse(followers: readonly Follower[], error: StreamError): void {
    for (const follower of followers) {
      this.#followers.delete(follower);
      this.#park(follower);
      follower.refuse(error);
    }
    this.#gather();
  }

  async #broken(error: StreamError): Promise<void> {
    this.#close();
    for (const follower of this.#followers) {
      follower.id = null;
      follower.retry.stop();
      if (this.#isWanted(follower)) follower.connecting(error);
    }
    this.#isAsking = true;
    const kind = errorKind(error);
    const refusal = kind === null ? await this.#transport.refusal() : signedOut.has(kind) ? error : null;
    this.#isAsking = false;
    if (refusal) return this.#refuse([...this.#followers], refusal);
    this.#retry.wait(() => this.#adapt());
  }
}
