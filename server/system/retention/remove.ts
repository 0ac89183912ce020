import { and, inArray, isNull, lt, notInArray, sql } from 'drizzle-orm';
import { leastDays, type RetentionKind, type RetentionSum } from '@/contract/retention';
import { openTaskStatuses } from '@/contract/task';
import type { DatabaseOrTransaction } from '@/db/client';
import { auditEvents, batches, removedWorkspaces, retentionUnfinished, runs, tasks } from '@/db/schema';
import { finalRunStatuses } from '@/server/runs/run-status';
import { isOnDay } from '@/server/system/retention/present-days';
import { markWorktrees } from '@/server/system/retention/mark-worktrees';
import { sparedBecause } from '@/server/system/retention/spared-conversation';
import { isBeingRestored } from '@/server/workspaces/checkpoints/sweep-removed-work';

type Remover = (tx: DatabaseOrTransaction, ids: readonly string[], because: string) => Promise<string[]>;

/**
 * What is done in one transaction about things that go by a rule; each looks once more whether it may. Rows go at once. Of files only the mark is
 * made: they go afterwards (finish-removals.ts), and the mark is what a worker goes on by that takes over. Returns the ids of what was touched.
 */
export const removers: Readonly<Record<RetentionKind, Remover>> = {
  logs: (tx, ids, because) => markRuns(tx, ids, 'logs', { at: 'logRemovedAt', because: 'logRemovedBecause' }, because),
  conversations: (tx, ids, because) => markRuns(tx, ids, 'conversations', { at: 'detailsRemovedAt', because: 'detailsRemovedBecause' }, because),
  worktrees: markWorktrees,
  removed_work: endRemovedWork,
  audit: removeAudit,
  tasks: removeTasks,
};

async function markRuns(tx: DatabaseOrTransaction, ids: readonly string[], kind: 'logs' | 'conversations', marks: { at: 'logRemovedAt' | 'detailsRemovedAt'; because: 'logRemovedBecause' | 'detailsRemovedBecause' }, because: string): Promise<string[]> {
  const rows = await tx
    .update(runs)
    .set({ [marks.at]: new Date(), [marks.because]: because })
    .where(and(inArray(runs.id, [...ids]), isNull(runs[marks.at]), inArray(runs.status, finalRunStatuses), sql`${sparedBecause} is null`))
    .returning({ id: runs.id });
  if (rows.length > 0) await tx.insert(retentionUnfinished).values(rows.map(({ id }) => ({ runId: id, kind }))).onConflictDoNothing();
  return rows.map(({ id }) => id);
}

/** Its days are over from now on: the sweep of kept work removes it, as it does with all others. */
async function endRemovedWork(tx: DatabaseOrTransaction, ids: readonly string[]): Promise<string[]> {
  const rows = await tx
    .update(removedWorkspaces)
    .set({ keptUntil: sql`now()` })
    .where(and(inArray(removedWorkspaces.id, [...ids]), sql`not ${isBeingRestored}`))
    .returning({ id: removedWorkspaces.id });
  return rows.map(({ id }) => id);
}

async function removeAudit(tx: DatabaseOrTransaction, days: readonly string[]): Promise<string[]> {
  await tx.execute(sql`select set_config('anyon.audit_retention', 'on', true)`); // until this transaction ends
  for (const day of days) await tx.delete(auditEvents).where(and(isOnDay(auditEvents.at, day), lt(auditEvents.at, sql`now() - make_interval(days => ${leastDays.audit})`)));
  await tx.execute(sql`select set_config('anyon.audit_retention', 'off', true)`);
  return [...days];
}

/** The last task of a workspace says what became of it, also when it is gone: by that the reconciler knows whose files are nobody's. */
async function removeTasks(tx: DatabaseOrTransaction, days: readonly string[]): Promise<string[]> {
  const isFollowed = sql`exists (select from tasks later where later.workspace_id = tasks.workspace_id and later.created_at > tasks.created_at)`;
  for (const day of days) {
    await tx.delete(tasks).where(and(notInArray(tasks.status, [...openTaskStatuses]), isOnDay(sql`coalesce(${tasks.finishedAt}, ${tasks.statusSince})`, day), isFollowed));
    await tx.delete(batches).where(isOnDay(batches.finishedAt, day));
  }
  return [...days];
}

/** What the touched ones among things come to. */
export function sumOfTouched(things: readonly { id: string; items: number; bytes: number }[], touched: readonly string[]): RetentionSum {
  const ids = new Set(touched);
  return things.filter(({ id }) => ids.has(id)).reduce((sum, { items, bytes }) => ({ items: sum.items + items, bytes: sum.bytes + bytes }), { items: 0, bytes: 0 });
}
