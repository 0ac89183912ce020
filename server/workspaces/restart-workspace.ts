import type { WorkspaceView } from '@/contract/workspace';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import { requestTask } from '@/server/workspaces/tasks/request-task';
import { getWorkspace } from '@/server/workspaces/workspace-queries';

/**
 * Keeps the work, stops the container and starts it, made anew where image or egress were changed, also by a newer image of the same name; in the background. Its
 * live runs end as `interrupted`. Stopped: the same as starting. Already starting: nothing changes.
 */
export async function restartWorkspace(access: WorkspaceAccess): Promise<WorkspaceView> {
  await requestTask({ workspaceId: access.workspace.id, kind: 'restart', cause: 'person', requestedById: access.actor.userId });
  return getWorkspace(access);
}
