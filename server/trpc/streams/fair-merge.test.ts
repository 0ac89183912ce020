import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { FairMerge } from '@/server/trpc/streams/fair-merge';

interface Seen {
  made: number;
  ended: boolean;
}

/** Counts up, with a pause where `isPausing` says so, until it is told to leave; `seen` tells how far it was asked and whether it let go. */
function counter(name: string, options: { until?: number; isPausing?: (n: number) => boolean } = {}) {
  const seen: Seen = { made: 0, ended: false };
  const left = new AbortController();
  async function* count(): AsyncGenerator<string, void, undefined> {
    try {
      for (let n = 1; n <= (options.until ?? Infinity) && !left.signal.aborted; n += 1) {
        if (options.isPausing?.(n)) await delay(1);
        seen.made = n;
        yield `${name}${n}`;
      }
    } finally {
      seen.ended = true;
    }
  }
  return { iterator: count(), leave: () => left.abort(), seen };
}

/** Says nothing until it is told to leave. */
function silent() {
  const seen: Seen = { made: 0, ended: false };
  const left = Promise.withResolvers<void>();
  const end = async (): Promise<IteratorReturnResult<undefined>> => {
    await left.promise;
    seen.ended = true;
    return { done: true, value: undefined };
  };
  return { iterator: { next: end, return: end }, leave: () => left.resolve(), seen };
}

const settle = () => delay(5);

describe('a fair merge', () => {
  it('serves a source of few words as often as one that floods', async () => {
    const merge = new FairMerge<string>();
    const sources = ['a', 'b', 'c'].map((name) => counter(name));
    for (const [key, { iterator, leave }] of sources.entries()) merge.add(key, iterator, leave);
    const taken: string[] = [];
    for await (const item of merge) {
      if (taken.push(item) === 300) break;
    }
    const counts = ['a', 'b', 'c'].map((name) => taken.filter((item) => item.startsWith(name)).length);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(99);
  });

  it('holds one item of each while its reader stalls', async () => {
    const merge = new FairMerge<string>();
    const flood = counter('a');
    merge.add(1, flood.iterator, flood.leave);
    const reader = merge[Symbol.asyncIterator]();
    await reader.next();
    await settle();
    expect(flood.seen.made).toBe(2);
    await reader.return();
  });

  it('lets every source go when its reader leaves, also one that is waiting for something', async () => {
    const merge = new FairMerge<string>();
    const sources = [counter('a'), silent(), counter('c', { until: 1 })];
    for (const [key, { iterator, leave }] of sources.entries()) merge.add(key, iterator, leave);
    const reader = merge[Symbol.asyncIterator]();
    await reader.next();
    await reader.return();
    await vi.waitFor(() => expect(sources.map(({ seen }) => seen.ended)).toEqual([true, true, true]));
    const late = counter('late');
    merge.add(9, late.iterator, late.leave);
    await settle();
    expect(late.seen.made).toBe(0);
  });

  it('ends at once when it is closed, although every source is silent', async () => {
    const merge = new FairMerge<string>();
    const source = silent();
    merge.add(1, source.iterator, source.leave);
    const next = merge[Symbol.asyncIterator]().next();
    merge.close();
    await expect(next).resolves.toMatchObject({ done: true });
    await vi.waitFor(() => expect(source.seen.ended).toBe(true));
  });

  it('passes a failure of a source on', async () => {
    const merge = new FairMerge<string>();
    async function* broken(): AsyncGenerator<string, void, undefined> {
      yield 'a1';
      throw new Error('broken');
    }
    merge.add(1, broken(), () => undefined);
    const taken: string[] = [];
    await expect((async () => { for await (const item of merge) taken.push(item); })()).rejects.toThrow('broken');
    expect(taken).toEqual(['a1']);
  });

  it('gives each source whole and in its order, whoever comes, goes and pauses', async () => {
    const plan = fc.array(fc.record({ until: fc.nat(30), pauses: fc.integer({ min: 1, max: 9 }), comesAfter: fc.nat(40), leavesAfter: fc.option(fc.nat(60)) }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(plan, async (plans) => {
        const merge = new FairMerge<string>();
        const names = 'abcdefgh';
        const sources = plans.map(({ until, pauses }, key) => counter(names[key] ?? '', { until, isPausing: (n) => n % pauses === 0 }));
        const taken: string[] = [];
        const left = new Set<number>();
        const adapt = (force: boolean) => {
          for (const [key, { comesAfter, leavesAfter }] of plans.entries()) {
            const source = sources[key];
            if (source && (force || comesAfter <= taken.length) && !joined.has(key)) {
              joined.add(key);
              merge.add(key, source.iterator, source.leave);
            }
            if (leavesAfter !== null && leavesAfter <= taken.length && joined.has(key) && !left.has(key)) {
              left.add(key);
              merge.drop(key);
            }
          }
        };
        const joined = new Set<number>();
        const reading = (async () => { for await (const item of merge) { expect(left.has(names.indexOf(item[0] ?? ''))).toBe(false); taken.push(item); adapt(false); } })();
        adapt(false);
        await vi.waitFor(() => { adapt(merge.size === 0); expect(joined.size).toBe(plans.length); expect(merge.size).toBe(0); }, { interval: 2, timeout: 5_000 });
        await settle();
        merge.close();
        await reading;
        for (const [key, { until }] of plans.entries()) {
          const own = taken.filter((item) => item.startsWith(names[key] ?? '')).map((item) => Number(item.slice(1)));
          expect(own).toEqual(own.map((_, index) => index + 1));
          if (!left.has(key)) expect(own).toHaveLength(until);
        }
      }),
      { numRuns: 60 },
    );
  });
});
