import { TRPCClientError } from '@trpc/client';
import type { AnyTRPCRouter } from '@trpc/server';
import superjson from 'superjson';
import type { TabStreamTransport } from '@/components/trpc/tab-stream';
import type { Actor } from '@/contract/actor';
import type { AnyonError } from '@/server/errors';
import type { AppRouter } from '@/server/trpc/router';
import { changeTabStream, followTabStream } from '@/server/trpc/streams/tab-stream';

const delay = (milliseconds: number) => new Promise<void>((resolve) => void setTimeout(resolve, milliseconds));

/** A wire between a tab's end and the server's end of its stream, in one process: it breaks and loses what a test says. By the clock of the test, which may be a held one. */
export class TabStreamWire implements TabStreamTransport {
  readonly #router: AnyTRPCRouter;
  readonly #actor: Actor;
  /** After so many events, counted over all streams, it breaks. */
  breaksAfter: readonly number[] = [];
  /** How the next changes go wrong: on their way there, or on their way back. */
  lostChanges: ('there' | 'back' | null)[] = [];
  takes = Infinity;
  isAway = false;
  refused: TRPCClientError<AppRouter> | null = null;
  opened = 0;
  events = 0;
  #break: (error: TRPCClientError<AppRouter>) => void = () => undefined;

  constructor(router: AnyTRPCRouter, actor: Actor) {
    this.#router = router;
    this.#actor = actor;
  }

  open: TabStreamTransport['open'] = (subscriptions, { onEvent, onBroken }) => {
    const left = new AbortController();
    const taken = subscriptions.slice(0, this.takes);
    this.opened += 1;
    this.#break = (error) => {
      if (left.signal.aborted) return;
      left.abort();
      onBroken(error);
    };
    const pump = async () => {
      if (this.isAway) throw new Error('away');
      for await (const event of followTabStream(this.#router, this.#actor, superjson.deserialize(superjson.serialize(taken)), left.signal)) {
        await delay(1);
        if (left.signal.aborted) return;
        this.events += 1;
        onEvent(event);
        if (this.breaksAfter.includes(this.events)) this.break();
      }
    };
    pump().catch(() => this.break());
    return { taken: taken.length, close: () => left.abort() };
  };

  change: TabStreamTransport['change'] = async (change) => {
    const lost = this.lostChanges.shift();
    await delay(3);
    if (lost === 'there') throw new TRPCClientError('lost');
    try {
      changeTabStream(this.#router, this.#actor, change);
    } catch (error) {
      throw TRPCClientError.from({ error: { message: 'refused', code: -32004, data: { kind: (error as AnyonError).kind } } });
    }
    await delay(3);
    if (lost === 'back') throw new TRPCClientError('lost');
  };

  refusal = async () => {
    await delay(2);
    return this.refused;
  };

  break(error = new TRPCClientError<AppRouter>('The connection broke.')): void {
    this.#break(error);
  }
}
