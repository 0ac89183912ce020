import type { AlertSettings } from '@/contract/alert';
import { AnyonError } from '@/server/errors';

/** Whether it is quiet now, by the clock on the wall of that time zone: a change to summer time moves the quiet time with it. */
export function isQuiet(quiet: AlertSettings['quiet'], now: Date): boolean {
  if (!quiet || quiet.from === quiet.to) return false;
  const time = wallTime(quiet.timeZone, now);
  return quiet.from < quiet.to ? time >= quiet.from && time < quiet.to : time >= quiet.from || time < quiet.to;
}

/** Throws `invalid` for a quiet time that cannot be. */
export function assertQuietTime(quiet: AlertSettings['quiet']): void {
  if (!quiet) return;
  if (quiet.from === quiet.to) throw new AnyonError('invalid', 'A quiet time ends at another time than it begins.');
  try {
    wallTime(quiet.timeZone, new Date());
  } catch {
    throw new AnyonError('invalid', `There is no time zone "${quiet.timeZone}". Use a name such as Europe/Berlin or UTC.`);
  }
}

/** Such as 07:05; compares as text. */
function wallTime(timeZone: string, now: Date): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(now);
}
