import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { forgetRates, forgiveRate, limitRate, RateLimitedError } from '@/server/rate-limits';

const rate = { points: 3, seconds: 60 };

beforeEach(() => {
  vi.useFakeTimers();
  forgetRates();
});
afterEach(() => vi.useRealTimers());

/** How many of so many uses were let through. */
async function uses(number: number, key = 'ada', name = 'start'): Promise<number> {
  const results = await Promise.allSettled(Array.from({ length: number }, () => limitRate(name, key, rate)));
  return results.filter(({ status }) => status === 'fulfilled').length;
}

describe('a rate', () => {
  it('lets so many through, also of a burst, and then nobody until its time is over', async () => {
    expect(await uses(50)).toBe(3);
    vi.advanceTimersByTime(59_000);
    expect(await uses(1)).toBe(0);
    vi.advanceTimersByTime(2_000);
    expect(await uses(50)).toBe(3);
  });

  it('is one’s own: other people and other things are not held up', async () => {
    await uses(50);
    expect(await uses(1, 'grace')).toBe(1);
    expect(await uses(1, 'ada', 'sign-in')).toBe(1);
  });

  it('says in words and in seconds when to come again', async () => {
    await uses(3);
    vi.advanceTimersByTime(18_000);
    const error: unknown = await limitRate('start', 'ada', rate).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RateLimitedError);
    expect(error).toMatchObject({ kind: 'limit_reached', retryAfterSeconds: 42, message: 'That was too often. Wait 42 seconds, then try again.' });
  });

  it('gives back what was forgiven', async () => {
    await uses(3);
    await forgiveRate('start', 'ada', rate);
    expect(await uses(5)).toBe(1);
  });
});
