import type { Actor } from '@/contract/actor';
import type { DatabaseOrTransaction } from '@/db/client';
import { AnyonError } from '@/server/errors';
import { withPeopleLocked } from '@/server/people/people-lock';
import { findLiveSession } from '@/server/people/sessions';

/** `withPeopleLocked` for an administrator who still is one once the lock is held: of two who remove each other at once, only the first one does. */
export function lockAsAdmin<T>(admin: Actor, work: (transaction: DatabaseOrTransaction) => Promise<T>): Promise<T> {
  return withPeopleLocked(async (transaction) => {
    const now = await findLiveSession(transaction, admin);
    if (now?.role !== 'admin') throw new AnyonError('forbidden', 'You are no longer an administrator. Reload the page.');
    return work(transaction);
  });
}
