import { and, eq, inArray, isNotNull, isNull, notExists, or, sql } from 'drizzle-orm';
import { publishStepRows, runs, runVariants, variantGroups, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { liveRunStatuses } from '@/server/runs/run-status';
import type { VariantRow } from '@/server/runs/variants/read-variants';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

/** A variant whose worktree is not where its row wants it, in a workspace that runs. */
export interface DueMove {
  variant: VariantRow;
  workspace: WorkspaceRow;
  containerId: string;
}

/** Archived ones leave when nobody works in them any more: no run, no check, no commit or push. What has begun is ended first, whatever was decided since. */
export async function dueMoves(): Promise<DueMove[]> {
  const live = database().select({ id: runs.id }).from(runs).where(and(eq(runs.claudeSessionId, runVariants.claudeSessionId), inArray(runs.status, liveRunStatuses)));
  const publishing = database().select({ id: publishStepRows.id }).from(publishStepRows).where(and(eq(publishStepRows.firstRunId, runVariants.runId), sql`${publishStepRows.leaseUntil} > now()`));
  const leaves = and(isNotNull(runVariants.archivedAt), eq(runVariants.worktree, 'there'), notExists(live), notExists(publishing));
  const returns = and(isNull(runVariants.archivedAt), eq(runVariants.worktree, 'away'));
  const found = await database()
    .select({ variant: runVariants, workspace: workspaces })
    .from(runVariants)
    .innerJoin(variantGroups, eq(variantGroups.id, runVariants.groupId))
    .innerJoin(workspaces, eq(workspaces.id, variantGroups.workspaceId))
    .where(and(eq(workspaces.status, 'running'), eq(workspaces.desired, 'running'), isNull(runVariants.worktreeProblem), or(leaves, returns, inArray(runVariants.worktree, ['leaving', 'coming']))));
  return found.flatMap(({ variant, workspace }) => (workspace.containerId === null || variant.checkState === 'running' ? [] : [{ variant, workspace, containerId: workspace.containerId }]));
}
