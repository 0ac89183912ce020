import type { WorkspaceAccess } from '@/server/workspaces/access';
import { requestTask } from '@/server/workspaces/tasks/request-task';

/** Keeps the work for some days, then removes container, network, files, logs and row, in the background. Being deleted already: nothing changes. */
export async function deleteWorkspace(access: WorkspaceAccess): Promise<{ workspaceId: string }> {
  await requestTask({ workspaceId: access.workspace.id, kind: 'delete', cause: 'person', requestedById: access.actor.userId });
  return { workspaceId: access.workspace.id };
}
