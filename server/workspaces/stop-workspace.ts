import type { WorkspaceView } from '@/contract/workspace';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import { requestTask } from '@/server/workspaces/tasks/request-task';
import { getWorkspace } from '@/server/workspaces/workspace-queries';

/** Keeps the work and stops the container in the background; files stay. Its live runs end as `interrupted`. Already stopped: nothing changes. */
export async function stopWorkspace(access: WorkspaceAccess): Promise<WorkspaceView> {
  await requestTask({ workspaceId: access.workspace.id, kind: 'stop', cause: 'person', requestedById: access.actor.userId });
  return getWorkspace(access);
}
