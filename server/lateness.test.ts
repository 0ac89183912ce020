import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { lateness } from '@/server/lateness';

/** The clock goes on by itself; the timers come so much later than they should. */
let now = 0;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval'] });
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function looks(count: number, lateMs: number): void {
  for (let look = 0; look < count; look += 1) {
    now += 100 + lateMs;
    vi.advanceTimersByTime(100);
  }
}

it('is nothing while a process keeps up, and after one long pause; grows while it does not, to 100 ms; and goes again', () => {
  expect(lateness()).toBe(0);
  looks(10, 3);
  expect(lateness()).toBe(0);
  looks(1, 40);
  expect(lateness()).toBe(0);
  looks(20, 60);
  expect(lateness()).toBeCloseTo(60, 0);
  looks(20, 900);
  expect(lateness()).toBe(100);
  looks(20, 1);
  expect(lateness()).toBe(0);
});
