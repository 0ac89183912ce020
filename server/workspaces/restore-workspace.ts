import type { WorkspaceView } from '@/contract/workspace';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import { getWorkspace } from '@/server/workspaces/workspace-queries';
import { moveWorkspace } from '@/server/workspaces/workspace-status';

/** Takes a workspace out of the archive: it is stopped then, with its files, and starting it makes a container. Already stopped: nothing changes. */
export async function restoreWorkspace(access: WorkspaceAccess): Promise<WorkspaceView> {
  if (access.workspace.status !== 'stopped') {
    const moved = access.workspace.status === 'archived' && (await moveWorkspace(database(), access.workspace.id, { to: 'stopped', reason: null, set: { archivedAt: null } }));
    if (!moved) throw new AnyonError('conflict', 'This workspace is not archived, so there is nothing to restore.');
  }
  return getWorkspace(access);
}
