import type { WorkspaceView } from '@/contract/workspace';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import { requestTask } from '@/server/workspaces/tasks/request-task';
import { getWorkspace } from '@/server/workspaces/workspace-queries';

/** Compares the workspace with the engine and puts it right, in the background. Another task under way does that anyway: nothing changes. */
export async function syncWorkspace(access: WorkspaceAccess): Promise<WorkspaceView> {
  await requestTask({ workspaceId: access.workspace.id, kind: 'sync', cause: 'person', requestedById: access.actor.userId });
  return getWorkspace(access);
}
