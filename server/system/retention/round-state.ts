import { sql } from 'drizzle-orm';
import { retentionState } from '@/db/schema';
import type { DatabaseOrTransaction } from '@/db/client';
import { database } from '@/server/database';

/** The rules are applied so often. */
export const ROUND_EVERY_MS = 60 * 60 * 1000;

/** When the rules were applied last, when somebody asked for it, and whether they wait for it still. */
export async function readRoundState(): Promise<{ lastRoundAt: Date | null; askedAt: Date | null; isAsked: boolean }> {
  const [state] = await database().select().from(retentionState);
  const { lastRoundAt = null, askedAt = null } = state ?? {};
  return { lastRoundAt, askedAt, isAsked: askedAt !== null && (lastRoundAt === null || askedAt > lastRoundAt) };
}

/** Asks the worker for a round; it looks every few seconds. */
export async function askForRound(db: DatabaseOrTransaction): Promise<void> {
  await db.insert(retentionState).values({ id: 1, askedAt: sql`clock_timestamp()` }).onConflictDoUpdate({ target: retentionState.id, set: { askedAt: sql`clock_timestamp()` } });
}

/** By the clock of the database, as the asking: what was asked for in the middle of a round gets another. */
export async function noteRound(begunAt: Date): Promise<void> {
  await database().insert(retentionState).values({ id: 1, lastRoundAt: begunAt }).onConflictDoUpdate({ target: retentionState.id, set: { lastRoundAt: begunAt } });
}

/** Now, by the clock of the database. */
export async function databaseTime(): Promise<Date> {
  const [row] = await database().execute<{ now: string }>(sql`select clock_timestamp()::text as now`);
  return new Date(row?.now ?? Date.now());
}
