import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { NoticeAction, NoticeKind } from '@/contract/run-notice';
import { runNotices, runs } from '@/db/schema';
import { builtOnce } from '@/db/built-once';
import type { DatabaseOrTransaction } from '@/db/client';
import { database } from '@/server/database';
import { moveRun, type RunRow } from '@/server/runs/run-status';
import { maskTokens } from '@/server/secrets/masked-text';

export type NoticeRow = typeof runNotices.$inferSelect;
type Attempt = Pick<RunRow, 'id' | 'attempt' | 'fence'>;

/** What has been noticed of this attempt and is not over, oldest first. */
export async function openNotices({ id, attempt }: Pick<RunRow, 'id' | 'attempt'>): Promise<NoticeRow[]> {
  return database()
    .select()
    .from(runNotices)
    .where(and(eq(runNotices.runId, id), eq(runNotices.attempt, attempt), isNull(runNotices.endedAt)))
    .orderBy(asc(runNotices.at), asc(runNotices.id));
}

/** All that was ever noticed of the run, oldest first. */
export function noticesOf({ id }: Pick<RunRow, 'id'>): Promise<NoticeRow[]> {
  return allNotices(database()).execute({ runId: id });
}

const allNotices = builtOnce('notices_of_run', (db) =>
  db
    .select()
    .from(runNotices)
    .where(eq(runNotices.runId, sql.placeholder('runId')))
    .orderBy(asc(runNotices.at), asc(runNotices.id)),
);

/**
 * Writes a notice down, and its sentence as what the lists say of the run while it is on. It comes before the action itself: a worker that
 * dies in between leaves the word that the next one acts on. False when the run is no longer this worker's, or is being stopped.
 */
export async function addNotice(run: Attempt, notice: { kind: NoticeKind; action: NoticeAction; said: string }): Promise<boolean> {
  return database().transaction(async (transaction) => {
    const [held] = await transaction
      .select({ status: runs.status })
      .from(runs)
      .where(and(eq(runs.id, run.id), eq(runs.fence, run.fence), eq(runs.attempt, run.attempt), inArray(runs.status, ['running', 'needs_you'])))
      .for('update');
    if (!held) return false;
    await transaction.insert(runNotices).values({ id: uuidv7(), runId: run.id, attempt: run.attempt, ...notice, said: maskTokens(notice.said) });
    if (held.status === 'running') await moveRun(transaction, run.id, { to: 'running', from: ['running'], reason: notice.said, fence: run.fence });
    return true;
  });
}

/** What was noticed is over by itself: the lists no longer say it. */
export async function settleNotices(run: Attempt, said: readonly string[]): Promise<void> {
  await database().transaction(async (transaction) => {
    const [held] = await transaction.select({ reason: runs.statusReason }).from(runs).where(and(eq(runs.id, run.id), eq(runs.fence, run.fence))).for('update');
    if (!held) return;
    await endNotices(transaction, run.id);
    if (held.reason !== null && said.includes(held.reason)) await moveRun(transaction, run.id, { to: 'running', from: ['running'], reason: null, fence: run.fence });
  });
}

/** Ends all that is open; part of the move that ends an attempt. */
export async function endNotices(transaction: DatabaseOrTransaction, runId: string): Promise<void> {
  await transaction
    .update(runNotices)
    .set({ endedAt: sql`now()` })
    .where(and(eq(runNotices.runId, runId), isNull(runNotices.endedAt)));
}
