import { describe, expect, it } from 'vitest';
import { MOST_TRIES, pauseAfter, retryAfterMs } from '@/server/alerts/back-off';

describe('the pauses between tries', () => {
  const pauses = Array.from({ length: MOST_TRIES }, (_, index) => pauseAfter(index + 1));

  it('grow, and ten tries are over within six hours', () => {
    expect(MOST_TRIES).toBe(10);
    const known = pauses.filter((pause) => pause !== null);
    expect(known).toEqual([...known].sort((one, other) => one - other));
    expect(known.reduce((sum, pause) => sum + pause, 0)).toBeGreaterThan(5 * 3_600_000);
    expect(known.reduce((sum, pause) => sum + pause, 0)).toBeLessThanOrEqual(6 * 3_600_000);
    expect(pauses.at(-1)).toBeNull();
  });

  it('are as long as the service asks for, within reason', () => {
    expect(pauseAfter(1, 120_000)).toBe(120_000);
    expect(pauseAfter(3, 1_000)).toBe(120_000);
    expect(pauseAfter(1, 1e12)).toBe(6 * 3_600_000);
    expect(pauseAfter(MOST_TRIES, 1_000)).toBeNull();
  });

  it('are read from seconds and from dates', () => {
    const now = new Date('2026-03-01T12:00:00Z');
    expect([null, '30', 'Sun, 01 Mar 2026 12:01:00 GMT', 'Sun, 01 Mar 2026 11:00:00 GMT', 'soon', '-5'].map((value) => retryAfterMs(value, now))).toEqual([0, 30_000, 60_000, 0, 0, 0]);
  });
});
