import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Refetches } from '@/components/trpc/refetches';

const refetch = vi.fn<(queryKey: readonly unknown[]) => void>();

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  refetch.mockClear();
});
afterEach(() => vi.useRealTimers());

it('fetches soon after one change, again after half a second, and once a second while they go on', () => {
  const refetches = new Refetches(refetch);
  refetches.ask([['list']]);
  vi.advanceTimersByTime(60);
  expect(refetch).toHaveBeenCalledTimes(1);
  const changeFor = (ms: number) => {
    for (let turn = 0; turn < ms / 10; turn += 1) {
      refetches.ask([['list']]);
      vi.advanceTimersByTime(10);
    }
  };
  changeFor(520);
  expect(refetch).toHaveBeenCalledTimes(2);
  changeFor(3_000);
  expect(refetch).toHaveBeenCalledTimes(5);
  vi.advanceTimersByTime(1_100);
  const settled = refetch.mock.calls.length;
  vi.advanceTimersByTime(5_000);
  expect(refetch).toHaveBeenCalledTimes(settled);
});

it('never loses the last change, and asks for each thing once in a turn', () => {
  const refetches = new Refetches(refetch);
  refetches.ask([['a'], ['b']]);
  refetches.ask([['a'], ['c', { id: 1 }]]);
  vi.advanceTimersByTime(600);
  expect(refetch.mock.calls).toEqual([[['a']], [['b']], [['c', { id: 1 }]]]);
  refetches.ask([['a']]);
  refetches.close();
  vi.advanceTimersByTime(600);
  expect(refetch).toHaveBeenCalledTimes(3);
});
