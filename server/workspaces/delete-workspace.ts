import type { WorkspaceAccess } from '@/server/workspaces/access';
import { requestTask } from '@/server/workspaces/tasks/request-task';

/** Removes the container, the files, the logs and the row, in the background and safe to repeat. There is no way back. */
export async function deleteWorkspace(access: WorkspaceAccess): Promise<{ workspaceId: string }> {
  if (access.workspace.status !== 'deleting') {
    await requestTask(access, { task: 'delete', to: 'deleting', reason: null }, 'This workspace cannot be deleted now.');
  }
  return { workspaceId: access.workspace.id };
}
