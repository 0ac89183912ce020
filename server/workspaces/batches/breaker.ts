import type { ErrorClass } from '@/contract/recovery';

/** How an item of a batch ended. */
export interface Ending {
  ok: boolean;
  errorClass: ErrorClass | null;
  reason: string | null;
}

/** So many failures of one kind in a row, and the next ones would fail in the same way: a token that was revoked, an engine that is down. */
const opensAfter: Partial<Record<ErrorClass, number>> = { authentication: 3, engine: 5 };
const inWords: Partial<Record<ErrorClass, string>> = { authentication: 'signing in was refused', engine: 'the container engine did not do it' };

/** Why the batch must not go on, as a sentence; null while it may. `endings` are those of its items, newest first, skipped ones left out. */
export function whyBroken(endings: readonly Ending[]): string | null {
  const [newest] = endings;
  const limit = newest?.errorClass && opensAfter[newest.errorClass];
  if (!newest || newest.ok || !newest.errorClass || !limit) return null;
  const row = endings.slice(0, limit);
  if (row.length < limit || !row.every((ending) => !ending.ok && ending.errorClass === newest.errorClass)) return null;
  return `Broken off after ${limit} failures in a row for the same reason: ${inWords[newest.errorClass] ?? newest.errorClass}. The last said: ${newest.reason ?? 'nothing'}`;
}
