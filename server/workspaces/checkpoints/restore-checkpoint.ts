import { and, eq, inArray } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { CheckpointView } from '@/contract/checkpoint';
import { isFinal, runStatuses } from '@/contract/run';
import { checkpoints, runs } from '@/db/schema';
import { containerEngine } from '@/server/containers/container-engine';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import { restoreReportSchema } from '@/server/workspaces/checkpoints/checkpoint-report';
import { readCheckpoints, storeCheckpoints, treeOf, type CheckpointRow } from '@/server/workspaces/checkpoints/checkpoint-rows';
import { runningContainer } from '@/server/workspaces/checkpoints/take-checkpoints';
import { askWrapper } from '@/server/workspaces/checkpoints/wrapper-answer';

const PATIENCE_MS = 300_000;
const liveStatuses = runStatuses.filter((status) => !isFinal(status));

/**
 * Makes the files of a working tree what they were at a checkpoint, and returns the checkpoint of what they were before,
 * which is taken first. Branches and what is staged stay as they are, and so do ignored files. Throws `precondition` unless
 * the workspace runs, `conflict` while a run is at work there or when files that no checkpoint holds are in the way.
 */
export async function restoreCheckpoint(access: WorkspaceAccess, checkpointId: string): Promise<CheckpointView> {
  const { workspace } = access;
  const containerId = runningContainer(workspace, 'restore a checkpoint');
  const checkpoint = await findCheckpoint(workspace.id, checkpointId);
  await assertNobodyWorksThere(workspace.id, checkpoint);
  const question = {
    workspace,
    containerId,
    id: uuidv7(),
    argv: ['restore', treeOf(checkpoint), checkpoint.commit] as const,
    what: 'Restoring the checkpoint',
    patienceMs: PATIENCE_MS,
    shape: restoreReportSchema,
    signal: new AbortController().signal, // a person who goes away does not end it
  };
  let before: string;
  try {
    before = await askWrapper(containerEngine(), question, async (report) => {
      await storeCheckpoints(workspace.id, { ...report, complete: false }); // it tells of one repository only
      return report.before;
    });
  } catch (error) {
    throw asConflict(error);
  }
  const [view] = await readCheckpoints(workspace.id, [before]);
  if (!view) throw new AnyonError('internal', 'The files were restored, but the checkpoint of what was there before cannot be found. Look at the list of checkpoints.');
  return view;
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

/** What the person can do something about. */
function asConflict(error: unknown): unknown {
  if (!(error instanceof AnyonError) || !/are in the way|is gone/.test(error.message)) return error;
  return new AnyonError('conflict', error.message, { cause: error });
}
