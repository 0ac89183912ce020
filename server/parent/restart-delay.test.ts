import { expect, it } from 'vitest';
import { nextDelay } from '@/server/parent/restart-delay';

it('doubles from 0.2 s up to 10 s while a process keeps ending quickly', () => {
  const delays: number[] = [];
  for (let last = 0, round = 0; round < 9; round++) delays.push((last = nextDelay(last, 100)));
  expect(delays).toEqual([200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000]);
});

it('begins anew after half a minute of steady running', () => {
  expect(nextDelay(10_000, 30_000)).toBe(200);
});
