import { Cron } from 'croner';
import type { SchedulePreview } from '@/contract/schedule';
import { AnyonError } from '@/server/errors';

/** Runs that come quicker than this are a mistake: each takes minutes and costs money. */
const LEAST_GAP_MS = 5 * 60_000;
const LOOKED_AT = 20;

/** The next moment of a pattern after `after`; null when it never comes again. Throws `invalid` with a sentence for what is no pattern, or no time zone. */
export function nextTime(pattern: string, timezone: string, after: Date): Date | null {
  return parse(pattern, timezone).nextRun(after);
}

/** Throws `invalid` unless the pattern means something that a schedule may do. */
export function assertPattern(pattern: string, timezone: string): void {
  const next = parse(pattern, timezone).nextRuns(LOOKED_AT);
  if (next.length === 0) throw new AnyonError('invalid', 'This never comes. Check day and month.');
  const gaps = next.slice(1).map((time, index) => time.getTime() - (next[index]?.getTime() ?? 0));
  if (Math.min(...gaps) < LEAST_GAP_MS) throw new AnyonError('invalid', 'A schedule starts at most every five minutes.');
}

/** The next three moments, or what is wrong, for a form that is being filled in. */
export function previewPattern(pattern: string, timezone: string): SchedulePreview {
  try {
    assertPattern(pattern, timezone);
    return { next: parse(pattern, timezone).nextRuns(3), problem: null };
  } catch (error) {
    if (error instanceof AnyonError) return { next: [], problem: error.message };
    throw error;
  }
}

function parse(pattern: string, timezone: string): Cron {
  if (!isTimeZone(timezone)) throw new AnyonError('invalid', `"${timezone}" is no time zone. Use a name such as Europe/Berlin.`);
  if (pattern.trim().split(/\s+/).length !== 5) throw new AnyonError('invalid', 'Write five fields: minute, hour, day of month, month, day of week. For example 0 7 * * 1-5.');
  try {
    return new Cron(pattern, { timezone, paused: true, mode: '5-part' });
  } catch (error) {
    throw new AnyonError('invalid', 'This is not a pattern as crontab knows it. For example 0 7 * * 1-5 is every weekday at seven.', { cause: error });
  }
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false; // a RangeError is its only answer to a name it does not know
  }
}
