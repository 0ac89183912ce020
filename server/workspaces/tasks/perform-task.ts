import { eq } from 'drizzle-orm';
import { workspaces } from '@/db/schema';
import type { ContainerEngine } from '@/server/containers/engine';
import { database } from '@/server/database';
import { describeError, isAnyonError } from '@/server/errors';
import { log } from '@/server/log';
import type { WorkspaceJob } from '@/server/queue/queue';
import { bringUpWorkspace, SupersededError } from '@/server/workspaces/tasks/bring-up-workspace';
import { removeWorkspace } from '@/server/workspaces/tasks/remove-workspace';
import { moveWorkspace, type WorkspaceRow } from '@/server/workspaces/workspace-status';

interface TaskContext {
  lastTry: boolean;
  signal: AbortSignal;
}

/**
 * Does one workspace task in the worker. A task whose fence is not the row's any more was superseded and does nothing. An
 * error that another try may heal is thrown while tries are left; every other one ends in `unhealthy` with its sentence.
 */
export async function performTask(engine: ContainerEngine, job: WorkspaceJob, context: TaskContext): Promise<void> {
  const [workspace] = await database().select().from(workspaces).where(eq(workspaces.id, job.workspaceId));
  if (!workspace || workspace.fence !== job.fence) return;
  try {
    await perform(engine, job.task, workspace, context.signal);
  } catch (error) {
    if (error instanceof SupersededError) return;
    log().warn({ err: error, workspaceId: workspace.id, task: job.task }, 'workspace: task failed');
    if (mayHeal(error) && !context.lastTry) throw error;
    const reason = isAnyonError(error) ? error.message : `The task "${job.task}" failed: ${describeError(error)}`;
    await moveWorkspace(database(), workspace.id, { to: 'unhealthy', reason, fence: job.fence });
  }
}

async function perform(engine: ContainerEngine, task: WorkspaceJob['task'], workspace: WorkspaceRow, signal: AbortSignal): Promise<void> {
  switch (task) {
    case 'create':
    case 'start':
      return bringUpWorkspace(engine, workspace, signal);
    case 'stop':
      if (workspace.containerId) await engine.stopContainer(workspace.containerId, { graceSeconds: 10 }, signal);
      await moveWorkspace(database(), workspace.id, { to: 'stopped', reason: null, fence: workspace.fence });
      return;
    case 'delete':
      return removeWorkspace(engine, workspace, signal);
  }
}

/** A wrong branch stays wrong; an engine that does not answer may answer in a moment. */
function mayHeal(error: unknown): boolean {
  return !isAnyonError(error) || error.kind === 'unavailable' || error.kind === 'internal' || error.kind === 'conflict';
}
