import { and, eq, inArray, sql } from 'drizzle-orm';
import type { DatabaseOrTransaction } from '@/db/client';
import { runs, workspaces, worktreePlaces } from '@/db/schema';
import { sparedWorktree } from '@/server/system/retention/present-worktrees';

/**
 * Says of worktrees that they leave; the worker's loop over them does it (server/runs/worktrees). Under the lock of the workspace, which whoever
 * writes a run or takes a worktree holds as well: so nobody begins to work in files that are about to go.
 */
export async function markWorktrees(tx: DatabaseOrTransaction, firstRunIds: readonly string[], because: string): Promise<string[]> {
  const where = tx.select({ id: runs.workspaceId }).from(runs).where(inArray(runs.id, [...firstRunIds]));
  await tx.select({ id: workspaces.id }).from(workspaces).where(inArray(workspaces.id, where)).orderBy(workspaces.id).for('update');
  const free = await tx.select({ id: runs.id }).from(runs).where(and(inArray(runs.id, [...firstRunIds]), sql`${sparedWorktree} is null`));
  if (free.length === 0) return [];
  const rows = await tx
    .update(worktreePlaces)
    .set({ state: 'leaving', stateSince: sql`now()`, because, problem: null, problemAt: null })
    .where(and(inArray(worktreePlaces.firstRunId, free.map(({ id }) => id)), eq(worktreePlaces.state, 'there')))
    .returning({ id: worktreePlaces.firstRunId });
  return rows.map(({ id }) => id);
}
