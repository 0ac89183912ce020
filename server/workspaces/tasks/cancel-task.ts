import { and, eq, inArray, sql } from 'drizzle-orm';
import type { TaskView } from '@/contract/task';
import type { DatabaseOrTransaction } from '@/db/client';
import { tasks, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import { maskTokens } from '@/server/secrets/masked-text';
import type { TaskAccess } from '@/server/workspaces/tasks/access';
import { addTask, type TaskRow } from '@/server/workspaces/tasks/request-task';
import { getTask } from '@/server/workspaces/tasks/task-queries';
import { moveWorkspace, type WorkspaceRow } from '@/server/workspaces/workspace-status';

/**
 * Ends a task that waits, for its turn, for room or for its next try; one that is being carried out is ended by asking for
 * something else. The workspace is then asked to be what it was, or at least something true: stopped instead of started.
 */
export async function cancelTask(access: TaskAccess): Promise<TaskView> {
  const { actor } = access;
  await database().transaction(async (transaction) => {
    const [workspace] = await transaction.select().from(workspaces).where(eq(workspaces.id, access.task.workspaceId)).for('update');
    const [task] = await transaction
      .update(tasks)
      .set({ status: 'cancelled', statusReason: maskTokens(`Cancelled by ${actor.login}.`), statusSince: sql`now()`, finishedAt: sql`now()`, retryAt: null })
      .where(and(eq(tasks.id, access.task.id), inArray(tasks.status, ['queued', 'waiting', 'retrying'])))
      .returning();
    if (!task) throw new AnyonError('conflict', 'This task does not wait any more, so it cannot be cancelled. Ask for something else instead, such as stopping the workspace.');
    if (workspace && workspace.fence === task.fence) await leaveTrue(transaction, workspace, task, actor);
  });
  return getTask(access);
}

/** What the workspace is after the task that was to change it is gone. Where an attempt may have changed something, the engine is asked. */
async function leaveTrue(transaction: DatabaseOrTransaction, workspace: WorkspaceRow, task: TaskRow, actor: TaskAccess['actor']): Promise<void> {
  const reason = `"${task.kind}" was cancelled by ${actor.login}.`;
  const request = { workspaceId: workspace.id, cause: 'person' as const, requestedById: actor.userId };
  if (workspace.status === 'creating') {
    await addTask(transaction, workspace, { ...request, kind: 'stop', reason: `${reason} Stopping what was begun.` });
    return;
  }
  if (task.kind === 'delete') {
    await moveWorkspace(transaction, workspace.id, { to: 'unhealthy', reason: `${reason} What was removed by then stays removed.` });
    return;
  }
  const desired = workspace.status === 'running' ? { desired: 'running' as const } : {};
  await moveWorkspace(transaction, workspace.id, { to: 'as it is', reason, set: desired });
  if (task.kind !== 'sync') await addTask(transaction, { ...workspace, ...desired }, { ...request, kind: 'sync' });
}
