import type { WorkspaceView } from '@/contract/workspace';
import { assertRoomToWork } from '@/server/deployment/free-space';
import { env } from '@/server/env';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import { requestTask } from '@/server/workspaces/tasks/request-task';
import { getWorkspace } from '@/server/workspaces/workspace-queries';

/** Brings a stopped or failed workspace up again, in the background. Already running or starting: nothing changes. Refuses when the disk is nearly full. */
export async function startWorkspace(access: WorkspaceAccess): Promise<WorkspaceView> {
  await assertRoomToWork(env().ANYON_MIN_FREE_BYTES);
  await requestTask({ workspaceId: access.workspace.id, kind: 'start', cause: 'person', requestedById: access.actor.userId });
  return getWorkspace(access);
}
