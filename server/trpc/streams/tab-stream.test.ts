import { createTRPCClient, TRPCClientError } from '@trpc/client';
import { tracked } from '@trpc/server';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { tabStreamLink } from '@/components/trpc/links';
import type { Sight } from '@/components/trpc/tab-sight';
import { TabStream } from '@/components/trpc/tab-stream';
import type { Actor } from '@/contract/actor';
import { BUILD } from '@/contract/build';
import { AnyonError } from '@/server/errors';
import { procedure, router } from '@/server/trpc/init';
import type { AppRouter } from '@/server/trpc/router';
import { changeTabStream, followTabStream } from '@/server/trpc/streams/tab-stream';
import { TabStreamWire } from '@/tests/setup/tab-stream-wire';

/** The tab's end and the server's end of one stream, with a wire between them that breaks where a test says. */
const actor: Actor = { userId: 'u', sessionId: 's', login: 'ada', role: 'member' };
const open = { sources: 0 };
/** By the clock that the tests hold. */
const delay = (milliseconds: number) => new Promise<void>((resolve) => void setTimeout(resolve, milliseconds));
let refusesOften = 0;

/** Counts from the last event on to `until`, a pause before every third. */
async function* count(from: number, until: number, signal: AbortSignal | undefined) {
  open.sources += 1;
  try {
    for (let n = from + 1; n <= until; n += 1) {
      if (n % 3 === 0) await delay(7);
      if (signal?.aborted) return;
      yield tracked(String(n), n);
    }
  } finally {
    open.sources -= 1;
  }
}

const numbers = router({
  count: procedure.member.input(z.object({ until: z.number(), lastEventId: z.string().nullish() })).subscription(({ input, signal }) => count(Number(input.lastEventId ?? 0), input.until, signal)),
  refuse: procedure.member.input(z.object({ kind: z.enum(['not_found', 'unavailable', 'precondition']), times: z.number() })).subscription(async function* ({ input }) {
    if (refusesOften++ < input.times) throw new AnyonError(input.kind, `It is ${input.kind}.`);
    yield 'let in';
  }),
  query: procedure.member.query(() => 'an answer'),
  forAdmins: procedure.admin.subscription(() => count(0, 1, undefined)),
});
const nouns = router({ numbers });

interface Reader {
  got: unknown[];
  states: string[];
  error: unknown;
  leave: () => void;
}

function tab() {
  const wire = new TabStreamWire(nouns, actor);
  let see: (sight: Sight) => void = () => undefined;
  const stream = new TabStream(wire, (onChange) => {
    see = onChange;
    return () => (see = () => undefined);
  });
  const client = createTRPCClient<typeof nouns>({ links: [tabStreamLink(stream) as never] });
  const handlers = (reader: Reader, context: Record<string, unknown>) => ({
    context,
    onData: (data: unknown) => reader.got.push(typeof data === 'object' ? (data as { data: unknown }).data : data),
    onConnectionStateChange: ({ state }: { state: string }) => reader.states.push(state),
    onError: (error: unknown) => (reader.error = error),
  });
  const read = (subscribe: (handlers: never) => { unsubscribe: () => void }, context = {}): Reader => {
    const reader: Reader = { got: [], states: [], error: null, leave: () => undefined };
    const subscription = subscribe(handlers(reader, context) as never);
    reader.leave = () => subscription.unsubscribe();
    return reader;
  };
  const counted = (until: number, context = {}) => read((with_) => client.numbers.count.subscribe({ until }, with_), context);
  const refused = (kind: 'not_found' | 'unavailable' | 'precondition', times: number) => read((with_) => client.numbers.refuse.subscribe({ kind, times }, with_));
  return { wire, client, read, counted, refused, see: (sight: Sight) => see(sight) };
}

const upTo = (n: number) => Array.from({ length: n }, (_, index) => index + 1);
const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate'] });
  vi.spyOn(Math, 'random').mockReturnValue(1 - Number.EPSILON); // each retry waits as long as it may
  refusesOften = 0;
});
afterEach(async () => {
  await pass(100);
  vi.useRealTimers();
  vi.restoreAllMocks();
  expect(open.sources).toBe(0);
});

describe('the stream of a tab', () => {
  it('is one for all that is subscribed, and each ends by itself', async () => {
    const { wire, counted } = tab();
    const readers = [counted(5), counted(9)];
    await pass(100);
    readers.push(counted(7));
    await pass(200);
    expect(readers.map(({ got }) => got)).toEqual([upTo(5), upTo(9), upTo(7)]);
    expect(readers.map(({ states }) => states.join(' '))).toEqual(Array.from({ length: 3 }, () => 'connecting pending idle'));
    expect(wire.opened).toBe(2); // the third came when nothing was followed any more
  });

  it('takes more in without a word to those who are in it already', async () => {
    const { wire, counted } = tab();
    wire.takes = 1;
    const readers = [counted(400), counted(400)];
    await pass(50);
    readers.push(counted(30));
    await pass(4_000);
    expect(wire.opened).toBe(1);
    expect(readers.map(({ got }) => got)).toEqual([upTo(400), upTo(400), upTo(30)]);
    expect(new Set(readers.map(({ states }) => states.join(' ')))).toEqual(new Set(['connecting pending idle']));
  });

  it('ends one that is refused, in the words of the server, and no other', async () => {
    const { client, read, counted, refused, wire } = tab();
    const other = counted(200);
    const gone = refused('not_found', 9_999);
    const unknown = read((with_) => (client as unknown as { numbers: Record<string, typeof client.numbers.count> }).numbers['query']!.subscribe({ until: 1 }, with_));
    const wrong = read((with_) => client.numbers.count.subscribe({ until: 'many' as never }, with_));
    const forAdmins = read((with_) => client.numbers.forAdmins.subscribe(undefined, with_));
    await pass(3_000);
    expect([gone, unknown, wrong, forAdmins].map(({ error }) => (error as TRPCClientError<AppRouter>).data?.kind)).toEqual(['not_found', 'not_found', 'invalid', 'forbidden']);
    expect((gone.error as Error).message).toBe('It is not_found.');
    expect(other).toMatchObject({ got: upTo(200), error: null });
    expect(wire.opened).toBe(1);
  });

  it('asks again, alone and after a while, for one that cannot be had now', async () => {
    const { wire, counted, refused } = tab();
    const other = counted(2_000);
    const later = refused('unavailable', 3);
    await pass(200);
    expect(later).toMatchObject({ got: [], error: null });
    await pass(250 + 500 + 1_000 + 200);
    expect(later.got).toEqual(['let in']);
    expect(other.states).toEqual(['connecting', 'pending']);
    expect(wire.opened).toBe(1);
    other.leave();
  });

  it('makes one retry of a break, waits longer each time, and forgets that once data came', async () => {
    const { wire, counted } = tab();
    const readers = [counted(3_000), counted(3_000)];
    await pass(100);
    wire.isAway = true;
    wire.break();
    await pass(250 + 500 + 1_000 + 100);
    expect(wire.opened).toBe(4);
    wire.isAway = false;
    await pass(2_100);
    expect(wire.opened).toBe(5);
    wire.break();
    await pass(300);
    expect(wire.opened).toBe(6);
    for (const { got, states, leave } of readers) {
      expect(got).toEqual(upTo(got.length));
      expect(states.at(-1)).toBe('pending');
      leave();
    }
  });

  it('ends everything when the person is signed out', async () => {
    const { wire, counted } = tab();
    const readers = [counted(3_000), counted(3_000)];
    await pass(50);
    wire.refused = TRPCClientError.from({ error: { message: 'Sign in to go on.', code: -32001, data: { kind: 'unauthenticated' } } });
    wire.break();
    await pass(10_000);
    expect(readers.map(({ error }) => (error as Error).message)).toEqual(['Sign in to go on.', 'Sign in to go on.']);
    expect(wire.opened).toBe(1);
  });

  it('goes on with what is needed while nobody sees the tab, and then with the rest behind its last event', async () => {
    const { wire, counted, see } = tab();
    const readers = [counted(3_000, { isNeededWhileHidden: () => true }), counted(3_000, { isNeededWhileHidden: () => false }), counted(3_000)];
    await pass(500);
    see('needed');
    await pass(50);
    const before = readers.map(({ got }) => got.length);
    await pass(500);
    expect(readers.map(({ got }, index) => got.length > (before[index] ?? 0))).toEqual([true, false, false]);
    see('away');
    await pass(50);
    expect(open.sources).toBe(0);
    see('seen');
    await pass(500);
    for (const [index, { got, states, leave }] of readers.entries()) {
      expect(got).toEqual(upTo(got.length));
      expect(got.length).toBeGreaterThan(before[index] ?? 0);
      expect(new Set(states)).toEqual(new Set(['connecting', 'pending']));
      expect(states.indexOf('connecting', 1)).toBe(-1);
      leave();
    }
    expect(wire.opened).toBe(2);
  });

  it('is found by the session that opened it only', async () => {
    const left = new AbortController();
    const events = followTabStream(nouns, actor, [], left.signal);
    const { value } = await events.next();
    expect(value).toMatchObject({ kind: 'opened', build: BUILD }); // by which a tab knows that there is a newer one
    const streamId = (value as { streamId: string }).streamId;
    const change = { streamId, add: [], drop: [] };
    expect(() => changeTabStream(nouns, { ...actor, sessionId: 'another' }, change)).toThrow('This stream has ended.');
    expect(() => changeTabStream(nouns, actor, change)).not.toThrow();
    expect(() => changeTabStream(nouns, actor, { ...change, add: upTo(33).map((id) => ({ id, path: 'numbers.count', input: { until: 1 } })) })).toThrow('A tab follows 32 things at most.');
    left.abort();
    await events.return();
    expect(() => changeTabStream(nouns, actor, change)).toThrow('This stream has ended.');
  });

  it('gives each subscriber every event once and in order, wherever it breaks and whoever comes and goes', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('add' as const), until: fc.integer({ min: 1, max: 60 }) }),
      fc.record({ do: fc.constantFrom('leave', 'break', 'hide', 'show', 'pause'), which: fc.nat(5) }),
    );
    const plan = fc.record({
      steps: fc.array(step, { minLength: 3, maxLength: 25 }),
      breaksAfter: fc.uniqueArray(fc.integer({ min: 1, max: 200 }), { maxLength: 6 }),
      lostChanges: fc.array(fc.constantFrom('there', 'back', null), { maxLength: 8 }),
      takes: fc.integer({ min: 0, max: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ steps, breaksAfter, lostChanges, takes }) => {
        const { wire, counted, see } = tab();
        Object.assign(wire, { breaksAfter, lostChanges: [...lostChanges], takes });
        const readers: { until: number; reader: Reader; left: boolean }[] = [];
        for (const each of steps) {
          if (each.do === 'add') readers.push({ until: each.until, reader: counted(each.until), left: false });
          else if (each.do === 'leave') {
            const one = readers[each.which];
            one?.reader.leave();
            if (one) one.left = true;
          } else if (each.do === 'break') wire.break();
          else if (each.do !== 'pause') see(each.do === 'hide' ? 'away' : 'seen');
          await pass(each.do === 'add' ? 1 : 9);
        }
        see('seen');
        await pass(90_000);
        for (const { until, reader, left } of readers) {
          expect(reader.error).toBeNull();
          expect(reader.got).toEqual(upTo(reader.got.length));
          if (!left) expect(reader.got).toHaveLength(until);
        }
        expect(open.sources).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});
