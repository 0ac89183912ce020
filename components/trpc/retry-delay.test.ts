import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RetryDelay, retryDelayMs } from '@/components/trpc/retry-delay';
import { randomNumbers } from '@/tests/faults/generator/random-numbers.mjs';

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const TABS = 500;
const SLICE_MS = 100;

/** When each of many tabs, which lost their server at 0, is let in by the one that is back after so long. */
function arrivals(seed: number, backAfterMs: number): number[] {
  const random = randomNumbers(seed);
  return Array.from({ length: TABS }, () => {
    let now = 0;
    for (let failures = 1; now < backAfterMs; failures += 1) now += retryDelayMs(failures, random());
    return now;
  });
}

function mostInOneSlice(times: readonly number[]): number {
  const slices = new Map<number, number>();
  for (const time of times) slices.set(Math.floor(time / SLICE_MS), (slices.get(Math.floor(time / SLICE_MS)) ?? 0) + 1);
  return Math.max(...slices.values());
}

describe('the wait before a retry', () => {
  it('is 50 ms at least and 5 s at most, whatever the chance and however often it failed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), chance, (failures, by) => {
        const wait = retryDelayMs(failures, by);
        expect(wait).toBeGreaterThanOrEqual(50);
        expect(wait).toBeLessThanOrEqual(Math.min(250 * 2 ** (failures - 1), 5_000));
        expect(retryDelayMs(failures + 1, by)).toBeGreaterThanOrEqual(wait);
      }),
    );
  });

  it('may be any time between: the least chance is the least wait, the greatest the longest', () => {
    for (const [failures, longest] of [[1, 250], [2, 500], [5, 4_000], [6, 5_000], [9, 5_000]] as const) {
      expect(retryDelayMs(failures, 0)).toBe(50);
      expect(retryDelayMs(failures, 1 - Number.EPSILON)).toBeCloseTo(longest, 6);
    }
  });

  it('REL-19 brings the tabs of all people back one after the other when the server was away for a while', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 2_000, max: 60_000 }), (seed, backAfterMs) => {
        const times = arrivals(seed, backAfterMs);
        expect(mostInOneSlice(times)).toBeLessThan(TABS / 8);
        expect(Math.max(...times) - backAfterMs).toBeLessThanOrEqual(5_000);
      }),
    );
  });

  it('would be caught bringing them back at once, as it did without chance', () => {
    expect(mostInOneSlice(Array.from({ length: TABS }, () => 3_750))).toBe(TABS);
  });
});

describe('what waits', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Math, 'random').mockReturnValue(1 - Number.EPSILON);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it('waits longer from one failure to the next until it forgets them, once at a time, and not when it was stopped', () => {
    const [retry, again] = [new RetryDelay(), vi.fn<() => void>()];
    retry.wait(again);
    retry.wait(again); // in place of the first
    vi.advanceTimersByTime(498);
    expect([again.mock.calls.length, retry.isWaiting]).toEqual([0, true]);
    vi.advanceTimersByTime(2);
    expect([again.mock.calls.length, retry.isWaiting]).toEqual([1, false]);
    retry.forget();
    retry.wait(again);
    vi.advanceTimersByTime(251);
    expect(again).toHaveBeenCalledTimes(2);
    retry.wait(again);
    retry.stop();
    vi.advanceTimersByTime(10_000);
    expect(again).toHaveBeenCalledTimes(2);
  });
});
