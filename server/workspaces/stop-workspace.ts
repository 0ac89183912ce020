import type { WorkspaceView } from '@/contract/workspace';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import { requestTask } from '@/server/workspaces/tasks/request-task';
import { getWorkspace } from '@/server/workspaces/workspace-queries';

/** Stops the container in the background; files stay. Its live runs end as `interrupted`. Already stopped: nothing changes. */
export async function stopWorkspace(access: WorkspaceAccess): Promise<WorkspaceView> {
  const { status } = access.workspace;
  if (status !== 'stopped') {
    // The state stays what it is until the container has stopped: a state says what is, not what is wanted.
    await requestTask(
      access,
      { task: 'stop', to: status, reason: 'Stopping the container.' },
      'This workspace cannot be stopped now: it is being deleted or archived.',
    );
  }
  return getWorkspace(access);
}
