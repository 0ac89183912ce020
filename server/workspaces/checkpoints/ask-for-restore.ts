import { uuidv7 } from 'uuidv7';
import type { CheckpointView } from '@/contract/checkpoint';
import { containerEngine } from '@/server/containers/container-engine';
import { AnyonError } from '@/server/errors';
import { restoreReportSchema } from '@/server/workspaces/checkpoints/checkpoint-report';
import { readCheckpoints, storeCheckpoints } from '@/server/workspaces/checkpoints/checkpoint-rows';
import { runningContainer } from '@/server/workspaces/checkpoints/take-checkpoints';
import { askWrapper } from '@/server/workspaces/checkpoints/wrapper-answer';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

const PATIENCE_MS = 300_000;

/** A verb of the wrapper that changes files of a working tree and takes a checkpoint of all of them first. */
interface Restoring {
  argv: readonly [verb: string, ...rest: string[]];
  /** Begins sentences about it. */
  what: string;
  /** Ends "The workspace must be running to …". */
  purpose: string;
}

/**
 * Changes files in the workspace and returns the checkpoint of what they were before. Throws `precondition` unless it runs, and
 * `conflict` when something is in the way. A person who goes away does not end it.
 */
export async function askForRestore(workspace: WorkspaceRow, { argv, what, purpose }: Restoring): Promise<CheckpointView> {
  const containerId = runningContainer(workspace, purpose);
  const question = { workspace, containerId, id: uuidv7(), argv, what, patienceMs: PATIENCE_MS, shape: restoreReportSchema, signal: new AbortController().signal };
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

/** What the person can do something about. */
function asConflict(error: unknown): unknown {
  if (!(error instanceof AnyonError) || !/are in the way|is gone|put (?:that|back)|be put back|as it was by now/.test(error.message)) return error;
  return new AnyonError('conflict', error.message, { cause: error });
}
