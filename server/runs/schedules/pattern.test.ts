import { describe, expect, it } from 'vitest';
import { assertPattern, nextTime, previewPattern } from '@/server/runs/schedules/pattern';

describe('a pattern', () => {
  it.each([
    ['0 7 * * 1-5', 'Europe/Berlin', '2026-11-20T07:00:00Z', '2026-11-23T06:00:00.000Z'], // Friday → Monday, winter time
    ['30 2 * * *', 'UTC', '2026-02-28T03:00:00Z', '2026-03-01T02:30:00.000Z'],
    ['0 0 29 2 *', 'UTC', '2026-01-01T00:00:00Z', '2028-02-29T00:00:00.000Z'],
    ['*/15 * * * *', 'Asia/Kolkata', '2026-11-20T07:01:00Z', '2026-11-20T07:15:00.000Z'],
    ['0 9 * * MON', 'America/New_York', '2026-07-04T00:00:00Z', '2026-07-06T13:00:00.000Z'], // summer time
  ])('%s in %s after %s comes at %s', (pattern, timezone, after, next) => {
    expect(nextTime(pattern, timezone, new Date(after))?.toISOString()).toBe(next);
  });

  it('comes once on the day on which an hour is missing, and once on that on which one comes twice', () => {
    const times = (from: string) => {
      const first = nextTime('30 2 * * *', 'Europe/Berlin', new Date(from));
      return [first?.toISOString(), first && nextTime('30 2 * * *', 'Europe/Berlin', first)?.toISOString()];
    };
    expect(times('2026-03-28T12:00:00Z')).toEqual(['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z']);
    expect(times('2026-10-24T12:00:00Z')).toEqual(['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z']);
  });

  it.each([
    ['0 7 * *', 'UTC', /five fields/],
    ['0 0 7 * * *', 'UTC', /five fields/],
    ['61 7 * * *', 'UTC', /not a pattern/],
    ['a b c d e', 'UTC', /not a pattern/],
    ['0 0 30 2 *', 'UTC', /never comes/],
    ['* * * * *', 'UTC', /every five minutes/],
    ['0,1 7 * * *', 'UTC', /every five minutes/],
    ['0 7 * * *', 'Mars/Olympus', /no time zone/],
  ])('%j in %s is refused in words', (pattern, timezone, words) => {
    expect(() => assertPattern(pattern, timezone)).toThrow(words);
    expect(previewPattern(pattern, timezone)).toEqual({ next: [], problem: expect.stringMatching(words) as string });
  });

  it('is shown with its next three moments', () => {
    const { next } = previewPattern('0 7 * * *', 'UTC');
    expect(next).toHaveLength(3);
    expect(next.every((time) => time.getUTCHours() === 7 && time > new Date())).toBe(true);
  });
});
