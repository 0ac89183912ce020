import { and, eq } from 'drizzle-orm';
import type { CheckpointView } from '@/contract/checkpoint';
import { checkpoints, runs } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import { askForRestore } from '@/server/workspaces/checkpoints/ask-for-restore';
import { treeOf, type CheckpointRow } from '@/server/workspaces/checkpoints/checkpoint-rows';
import { runningContainer } from '@/server/workspaces/checkpoints/take-checkpoints';
import { withWorktree } from '@/server/workspaces/worktree-lease';

const PURPOSE = 'restore a checkpoint';

/**
 * Makes the files of a working tree what they were at a checkpoint, and returns the checkpoint of what they were before,
 * which is taken first. Branches and what is staged stay as they are, and so do ignored files. Throws `precondition` unless
 * the workspace runs, `conflict` while a run is at work there or when files that no checkpoint holds are in the way.
 */
export async function restoreCheckpoint(access: WorkspaceAccess, checkpointId: string): Promise<CheckpointView> {
  const { workspace, actor } = access;
  runningContainer(workspace, PURPOSE);
  const checkpoint = await findCheckpoint(workspace.id, checkpointId);
  const restore = () => askForRestore(workspace, { argv: ['restore', treeOf(checkpoint), checkpoint.commit], what: 'Restoring the checkpoint', purpose: PURPOSE });
  const runId = await runOfTree(workspace.id, checkpoint);
  return runId === null ? restore() : withWorktree({ workspaceId: workspace.id, firstRunId: runId, runId, userId: actor.userId }, 'restore', restore);
}

async function findCheckpoint(workspaceId: string, checkpointId: string): Promise<CheckpointRow> {
  const [row] = await database()
    .select()
    .from(checkpoints)
    .where(and(eq(checkpoints.id, checkpointId), eq(checkpoints.workspaceId, workspaceId)));
  if (!row) throw new AnyonError('not_found', 'There is no such checkpoint in this workspace. It may have made room for newer ones.');
  return row;
}

/** The run that the tree was made for, in which those work that go on with it; null where no run works. */
async function runOfTree(workspaceId: string, { runId }: CheckpointRow): Promise<string | null> {
  if (runId === null) return null; // runs work in trees of their own
  const [owner] = await database().select({ id: runs.id }).from(runs).where(and(eq(runs.id, runId), eq(runs.workspaceId, workspaceId)));
  return owner?.id ?? null;
}
