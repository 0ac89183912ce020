import { and, desc, eq, sql } from 'drizzle-orm';
import type { ParkReason } from '@/contract/run';
import type { DatabaseOrTransaction } from '@/db/client';
import { runAttempts } from '@/db/schema';
import { database } from '@/server/database';
import { endQuestions } from '@/server/runs/questions/end-questions';
import type { RunRow } from '@/server/runs/run-status';

export type AttemptRow = typeof runAttempts.$inferSelect;

/** One start of Claude Code for a run: where its output stands in the run's log, and since when it is on. */
export type RunAttempt = Pick<AttemptRow, 'outStart' | 'errStart' | 'startedAt'>;

/** The attempt that the row is at. */
export async function readAttempt(run: Pick<RunRow, 'id' | 'attempt' | 'startedAt' | 'createdAt'>): Promise<RunAttempt> {
  const [row] = await database()
    .select()
    .from(runAttempts)
    .where(and(eq(runAttempts.runId, run.id), eq(runAttempts.number, run.attempt)));
  if (row) return row;
  // Only the first may lack it: a worker ended between the start and its note, or the run is older than attempts are.
  return { outStart: 0, errStart: 0, startedAt: run.startedAt ?? run.createdAt };
}

/** Notes that the attempt begins now. Where a later one stands in the log was noted when it was decided. */
export async function noteAttemptStart({ id, attempt }: Pick<RunRow, 'id' | 'attempt'>): Promise<void> {
  await database()
    .insert(runAttempts)
    .values({ runId: id, number: attempt, outStart: 0, errStart: 0 })
    .onConflictDoUpdate({ target: [runAttempts.runId, runAttempts.number], set: { startedAt: sql`now()` } });
}

/** Writes the next attempt of a parked run: its output stands behind all that is there. Part of the move that lets it go on. */
export async function addAttempt(transaction: DatabaseOrTransaction, run: Pick<RunRow, 'id' | 'attempt' | 'outBytes' | 'errBytes'>): Promise<void> {
  await transaction.insert(runAttempts).values({ runId: run.id, number: run.attempt + 1, outStart: run.outBytes, errStart: run.errBytes });
}

/** Notes the end, also of what this attempt was asking; the reason is null when the run is over with it. */
export async function noteAttemptEnd(transaction: DatabaseOrTransaction, { id, attempt }: Pick<RunRow, 'id' | 'attempt'>, reason: ParkReason | 'watchdog' | null): Promise<void> {
  await transaction
    .update(runAttempts)
    .set({ endedAt: sql`now()`, reason })
    .where(and(eq(runAttempts.runId, id), eq(runAttempts.number, attempt)));
  await endQuestions(transaction, { id, attempt });
}

/** The last attempts of a run, newest first. */
export async function lastAttempts(runId: string, limit: number): Promise<AttemptRow[]> {
  return database().select().from(runAttempts).where(eq(runAttempts.runId, runId)).orderBy(desc(runAttempts.number)).limit(limit);
}
