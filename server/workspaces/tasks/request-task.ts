import { sql } from 'drizzle-orm';
import { AnyonError } from '@/server/errors';
import { workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { enqueueWorkspaceTask, type WorkspaceJob } from '@/server/queue/queue';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import { moveWorkspace, type WorkspaceMove } from '@/server/workspaces/workspace-status';

type Request = Pick<WorkspaceJob, 'task'> & Pick<WorkspaceMove, 'to' | 'reason'> & { steps?: WorkspaceMove['set'] };

/**
 * Moves the workspace under a new fence and enqueues the task, in one transaction. The new fence makes every task that was
 * asked for earlier harmless. Throws `conflict` with `refusal` when the state does not allow the move.
 */
export async function requestTask(access: WorkspaceAccess, request: Request, refusal: string): Promise<void> {
  const workspaceId = access.workspace.id;
  await database().transaction(async (transaction) => {
    const moved = await moveWorkspace(transaction, workspaceId, { to: request.to, reason: request.reason, set: request.steps ?? {} });
    if (!moved) throw new AnyonError('conflict', refusal);
    const [row] = await transaction
      .update(workspaces)
      .set({ fence: sql`${workspaces.fence} + 1` })
      .where(sql`${workspaces.id} = ${workspaceId}`)
      .returning({ fence: workspaces.fence });
    if (!row) throw new AnyonError('not_found', 'This workspace has been deleted.');
    await enqueueWorkspaceTask(transaction, { task: request.task, workspaceId, fence: row.fence });
  });
}
