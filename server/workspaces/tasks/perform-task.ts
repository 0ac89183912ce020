import type { CheckpointCause } from '@/contract/checkpoint';
import { database } from '@/server/database';
import { networkName } from '@/server/egress/workspace-network';
import { failpoint } from '@/server/failpoint';
import { clearWorkspaceSecrets } from '@/server/secrets/injection/inject-secrets';
import { idleStopReason } from '@/server/workspaces/idle-stop';
import { takeCheckpoints } from '@/server/workspaces/checkpoints/take-checkpoints';
import { reconcileWorkspace } from '@/server/workspaces/reconcile/reconcile-workspace';
import { bringUpWorkspace } from '@/server/workspaces/tasks/bring-up-workspace';
import { removeWorkspace } from '@/server/workspaces/tasks/remove-workspace';
import { freshSteps } from '@/server/workspaces/tasks/start-steps';
import { SupersededError } from '@/server/workspaces/tasks/superseded-error';
import type { TaskWork } from '@/server/workspaces/tasks/task-work';
import { endTerminalsOf } from '@/server/workspaces/terminals/settle-terminals';
import { workspaceLabels } from '@/server/workspaces/workspace-container';
import { moveWorkspace, type WorkspaceMove } from '@/server/workspaces/workspace-status';

const STOP_GRACE_SECONDS = 10;

/**
 * Does what a task is about. Every step looks first at what is there, so the whole may be repeated after a crash at any
 * point. Throws what went wrong; `SupersededError` when a newer task or attempt has taken over.
 */
export async function performTask(work: TaskWork): Promise<void> {
  switch (work.task.kind) {
    case 'create':
    case 'start':
      return bringUpWorkspace(work);
    case 'restart':
      return restart(work);
    case 'stop':
      return stop(work);
    case 'archive':
      return archive(work);
    case 'delete':
      return removeWorkspace(work);
    case 'sync':
      return reconcileWorkspace(work.engine, work.workspace, work.signal);
  }
}

async function restart(work: TaskWork): Promise<void> {
  await stopContainer(work, 'restart');
  await move(work, { to: 'creating', reason: null, set: { steps: freshSteps() } });
  await bringUpWorkspace(work);
}

async function stop(work: TaskWork): Promise<void> {
  const { cause } = work.task;
  const { containers, problem } = await stopContainer(work, cause === 'idle' ? 'idle' : 'stop');
  const reason = cause === 'idle' ? idleStopReason(work.workspace) : null;
  // A start that failed has left a container that the row does not know yet.
  const containerId = containers.find((id) => id === work.workspace.containerId) ?? containers[0] ?? null;
  await move(work, { to: 'stopped', reason: [reason, problem].filter(Boolean).join(' ') || null, set: { containerId, containerStatus: containerId && 'exited', containerStartedAt: null } });
}

async function archive(work: TaskWork): Promise<void> {
  const { engine, workspace, signal } = work;
  const { containers, problem } = await stopContainer(work, 'archive');
  for (const id of containers) await engine.removeContainer(id, signal);
  await engine.removeNetwork(networkName(workspace.id), signal);
  const gone = { containerId: null, containerStatus: null, containerStartedAt: null, containerImage: null, containerEgressLevel: null, subnet: null };
  await move(work, { to: 'archived', reason: problem, set: { ...gone, archivedAt: new Date() } });
}

/** Keeps the work, then stops what is ours and runs: one container, unless somebody made copies. `problem` says what could not be kept. */
async function stopContainer({ engine, workspace, signal, progress }: TaskWork, cause: CheckpointCause): Promise<{ containers: string[]; problem: string | null }> {
  const problem = await takeCheckpoints(engine, workspace, cause, signal, progress);
  await failpoint('stop.checkpointed');
  progress();
  const containers = await engine.summarizeContainers({ labels: workspaceLabels(workspace.id) }, signal);
  for (const { id } of containers) await engine.stopContainer(id, { graceSeconds: STOP_GRACE_SECONDS }, signal);
  // Nothing runs in there any more that could need them; the runs themselves are finished by who supervises them.
  await clearWorkspaceSecrets(workspace.id);
  await endTerminalsOf(workspace.id);
  await failpoint('stop.container-stopped');
  return { containers: containers.map(({ id }) => id), problem };
}

async function move({ workspace }: TaskWork, to: WorkspaceMove): Promise<void> {
  if (!(await moveWorkspace(database(), workspace.id, { ...to, fence: workspace.fence }))) throw new SupersededError();
}
