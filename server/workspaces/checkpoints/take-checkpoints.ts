import { uuidv7 } from 'uuidv7';
import type { CheckpointCause, CheckpointView } from '@/contract/checkpoint';
import { containerEngine } from '@/server/containers/container-engine';
import type { ContainerEngine } from '@/server/containers/engine';
import { AnyonError, isAnyonError } from '@/server/errors';
import { failpoint } from '@/server/failpoint';
import { log } from '@/server/log';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import { checkpointReportSchema, type CheckpointReport } from '@/server/workspaces/checkpoints/checkpoint-report';
import { readCheckpoints, storeCheckpoints } from '@/server/workspaces/checkpoints/checkpoint-rows';
import { askWrapper } from '@/server/workspaces/checkpoints/wrapper-answer';
import { containerName } from '@/server/workspaces/workspace-container';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

const PATIENCE_MS = 120_000;
/** A person sees it work. */
const PERSONS_PATIENCE_MS = 300_000;
/** What fails sooner is tried once more: the engine may have been out of sorts for a moment. */
const TRY_AGAIN_WITHIN_MS = PATIENCE_MS / 2;

/**
 * Keeps the files of every working tree of a running workspace under hidden refs, where they differ from what is checked out
 * and from the newest checkpoint. Without a running container there is nothing to do: the files lie on the VM's disk.
 *
 * Never stands in the way of what comes next, for stopping a container leaves its files where they are: what cannot be kept
 * is said in the log and returned as a sentence (null when all went well). Only the signal's reason, and what is no
 * `AnyonError`, is thrown. Before a deletion it does nothing: `keepRemovedWork` takes those checkpoints.
 */
export async function takeCheckpoints(engine: ContainerEngine, workspace: WorkspaceRow, cause: CheckpointCause, signal: AbortSignal, progress?: () => void): Promise<string | null> {
  if (cause === 'delete' || workspace.clonedAt === null) return null;
  const begun = Date.now();
  for (let again = true; ; again = false) {
    try {
      const container = await engine.inspectContainer(containerName(workspace.id), signal);
      if (container?.status !== 'running') return null;
      return problemsOf(await takeAll(engine, { workspace, containerId: container.id, cause, patienceMs: PATIENCE_MS, signal, progress }));
    } catch (error) {
      signal.throwIfAborted();
      if (!isAnyonError(error)) throw error;
      log().warn({ err: error, workspaceId: workspace.id, cause }, 'checkpoint: could not be taken');
      if (!again || Date.now() - begun > TRY_AGAIN_WITHIN_MS) return `${error.message} No checkpoint was taken; the files themselves stay where they are.`;
    }
  }
}

/** Takes checkpoints because a person asks for it; returns the new ones, none where nothing has changed. Throws `precondition` unless the workspace runs, and what stood in the way. */
export async function takeCheckpointsNow(access: WorkspaceAccess): Promise<CheckpointView[]> {
  const { workspace } = access;
  const containerId = runningContainer(workspace, 'take a checkpoint');
  const report = await takeAll(containerEngine(), { workspace, containerId, cause: 'person', patienceMs: PERSONS_PATIENCE_MS, signal: new AbortController().signal });
  const problems = problemsOf(report);
  if (problems !== null) throw new AnyonError('internal', problems);
  const taken = report.trees.flatMap(({ outcome, commit }) => (outcome === 'taken' && commit !== null ? [commit] : []));
  return readCheckpoints(workspace.id, taken);
}

/** The checkpoints of a workspace, newest first. */
export function listCheckpoints(access: WorkspaceAccess): Promise<CheckpointView[]> {
  return readCheckpoints(access.workspace.id);
}

/** The id of its container; `precondition` with what to do when it does not run. `purpose` ends the sentence. */
export function runningContainer(workspace: WorkspaceRow, purpose: string): string {
  if (workspace.status === 'running' && workspace.containerId !== null) return workspace.containerId;
  throw new AnyonError('precondition', `The workspace must be running to ${purpose}. Start it first; its files are kept.`);
}

interface Taking {
  workspace: WorkspaceRow;
  containerId: string;
  cause: CheckpointCause;
  patienceMs: number;
  signal: AbortSignal;
  progress?: (() => void) | undefined;
}

async function takeAll(engine: ContainerEngine, { cause, ...taking }: Taking): Promise<CheckpointReport> {
  const question = { ...taking, id: uuidv7(), argv: ['checkpoint', cause] as const, what: 'The checkpoint', shape: checkpointReportSchema };
  return askWrapper(engine, question, async (report) => {
    await failpoint('checkpoint.refs-made');
    await storeCheckpoints(taking.workspace.id, report);
    await failpoint('checkpoint.rows-written');
    const summary = report.trees.map(({ name, outcome, skipped }) => `${name} ${outcome}${skipped > 0 ? `, ${skipped} skipped` : ''}`);
    log().info({ workspaceId: taking.workspace.id, cause, trees: summary }, 'checkpoint: taken');
    return report;
  });
}

/** Null when every tree could be kept. */
function problemsOf(report: CheckpointReport): string | null {
  const failed = report.trees.filter(({ outcome }) => outcome === 'failed');
  if (failed.length === 0) return null;
  return `No checkpoint could be taken of ${failed.map(({ name, reason }) => `${name} (${reason ?? 'for no known reason'})`).join(', ').slice(0, 600)}. The files themselves stay where they are.`;
}
