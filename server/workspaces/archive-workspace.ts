import { and, eq, inArray, sql } from 'drizzle-orm';
import { isFinal, runStatuses } from '@/contract/run';
import type { WorkspaceView } from '@/contract/workspace';
import { runs } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import { requestTask } from '@/server/workspaces/tasks/request-task';
import { getWorkspace } from '@/server/workspaces/workspace-queries';

const liveStatuses = runStatuses.filter((status) => !isFinal(status));

/**
 * Puts a workspace away, in the background: its work is kept, its container and network are removed, its files stay. Throws
 * `conflict` while runs are live, for this is nothing that has to be done now. Already archived: nothing changes.
 */
export async function archiveWorkspace(access: WorkspaceAccess): Promise<WorkspaceView> {
  const workspaceId = access.workspace.id;
  const live = await countLiveRuns(workspaceId);
  if (live > 0) {
    const which = live === 1 ? 'A run is live' : `${live} runs are live`;
    throw new AnyonError('conflict', `${which} in this workspace. Stop ${live === 1 ? 'it' : 'them'} or wait for the end, then archive it.`);
  }
  await requestTask({ workspaceId, kind: 'archive', cause: 'person', requestedById: access.actor.userId });
  return getWorkspace(access);
}

async function countLiveRuns(workspaceId: string): Promise<number> {
  const [row] = await database()
    .select({ live: sql<number>`count(*)::int` })
    .from(runs)
    .where(and(eq(runs.workspaceId, workspaceId), inArray(runs.status, liveStatuses)));
  return row?.live ?? 0;
}
