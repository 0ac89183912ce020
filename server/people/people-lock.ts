import { sql } from 'drizzle-orm';
import type { DatabaseOrTransaction } from '@/db/client';
import { database } from '@/server/database';

const PEOPLE_LOCK = 7_203_513;

/**
 * A transaction in which nobody else adds people, changes roles or the list of those who may sign in: two first sign-ins at once
 * make one owner, and two administrators cannot remove each other in the same moment.
 */
export function withPeopleLocked<T>(work: (transaction: DatabaseOrTransaction) => Promise<T>): Promise<T> {
  return database().transaction(async (transaction) => {
    await transaction.execute(sql`select pg_advisory_xact_lock(${PEOPLE_LOCK})`);
    return work(transaction);
  });
}
