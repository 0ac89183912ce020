import { describe, expect, it } from 'vitest';
import { assertQuietTime, isQuiet } from '@/server/alerts/quiet-time';

const night = { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' };

describe('the quiet time', () => {
  it.each<[string, boolean]>([
    ['2026-01-15T20:59:59Z', false],
    ['2026-01-15T21:00:00Z', true],
    ['2026-01-15T23:30:00Z', true], // past midnight there
    ['2026-01-16T05:59:59Z', true],
    ['2026-01-16T06:00:00Z', false],
    ['2026-07-15T19:59:59Z', false], // in summer, an hour earlier
    ['2026-07-15T20:00:00Z', true],
    ['2026-07-16T05:00:00Z', false],
  ])('over midnight, by the clock on the wall: at %s quiet is %s', (at, quiet) => {
    expect(isQuiet(night, new Date(at))).toBe(quiet);
  });

  it('within a day, with its end outside', () => {
    const noon = { from: '12:00', to: '13:00', timeZone: 'UTC' };
    expect(['11:59', '12:00', '12:59', '13:00'].map((time) => isQuiet(noon, new Date(`2026-03-01T${time}:00Z`)))).toEqual([false, true, true, false]);
    expect(isQuiet(null, new Date())).toBe(false);
  });

  it('is refused when it is no time at all, or in no zone', () => {
    expect(() => assertQuietTime({ ...night, to: '22:00' })).toThrow(/ends at another time/);
    expect(() => assertQuietTime({ ...night, timeZone: 'Mars/Base' })).toThrow(/no time zone "Mars\/Base"/);
    expect(() => assertQuietTime(null)).not.toThrow();
  });
});
