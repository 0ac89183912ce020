import { and, eq, inArray } from 'drizzle-orm';
import type { CheckpointView } from '@/contract/checkpoint';
import { isFinal, runStatuses } from '@/contract/run';
import { checkpoints, runs } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import { askForRestore } from '@/server/workspaces/checkpoints/ask-for-restore';
import { treeOf, type CheckpointRow } from '@/server/workspaces/checkpoints/checkpoint-rows';
import { runningContainer } from '@/server/workspaces/checkpoints/take-checkpoints';

const PURPOSE = 'restore a checkpoint';
const liveStatuses = runStatuses.filter((status) => !isFinal(status));

/**
 * Makes the files of a working tree what they were at a checkpoint, and returns the checkpoint of what they were before,
 * which is taken first. Branches and what is staged stay as they are, and so do ignored files. Throws `precondition` unless
 * the workspace runs, `conflict` while a run is at work there or when files that no checkpoint holds are in the way.
 */
export async function restoreCheckpoint(access: WorkspaceAccess, checkpointId: string): Promise<CheckpointView> {
  const { workspace } = access;
  runningContainer(workspace, PURPOSE);
  const checkpoint = await findCheckpoint(workspace.id, checkpointId);
  await assertNobodyWorksThere(workspace.id, checkpoint);
  return askForRestore(workspace, { argv: ['restore', treeOf(checkpoint), checkpoint.commit], what: 'Restoring the checkpoint', purpose: PURPOSE });
}

async function findCheckpoint(workspaceId: string, checkpointId: string): Promise<CheckpointRow> {
  const [row] = await database()
    .select()
    .from(checkpoints)
    .where(and(eq(checkpoints.id, checkpointId), eq(checkpoints.workspaceId, workspaceId)));
  if (!row) throw new AnyonError('not_found', 'There is no such checkpoint in this workspace. It may have made room for newer ones.');
  return row;
}

/** A run that goes on with another works in the other's tree, in the same session of Claude. */
async function assertNobodyWorksThere(workspaceId: string, { runId }: CheckpointRow): Promise<void> {
  if (runId === null) return; // runs work in trees of their own
  const [owner] = await database().select({ session: runs.claudeSessionId }).from(runs).where(and(eq(runs.id, runId), eq(runs.workspaceId, workspaceId)));
  if (!owner) return;
  const [busy] = await database()
    .select({ number: runs.number })
    .from(runs)
    .where(and(eq(runs.workspaceId, workspaceId), eq(runs.claudeSessionId, owner.session), inArray(runs.status, liveStatuses)));
  if (busy) throw new AnyonError('conflict', `Run #${busy.number} is at work in these files. Stop it, or wait for its end, then restore the checkpoint.`);
}
