import { and, asc, desc, eq, inArray, sql } from 'drizzle-orm';
import { taskAttempts, tasks, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { log } from '@/server/log';
import type { TaskDelivery } from '@/server/queue/queue';
import { maskTokens, plainWords } from '@/server/secrets/masked-text';
import { countAttempts, settleTask } from '@/server/workspaces/tasks/attempts';
import type { TaskRow } from '@/server/workspaces/tasks/request-task';
import { moveWorkspace, type WorkspaceRow } from '@/server/workspaces/workspace-status';

/** After so many deaths of its worker a task is not tried again. */
const STRIKES = 3;

/**
 * Settles what workers before this one left in the middle: each attempt that still says `running` has died. Its task is
 * queued again, or parked after three strikes. Only for the holder of the lead: the lead is the proof that they are gone.
 */
export async function takeOverTasks(): Promise<void> {
  const left = await database().select({ taskId: tasks.id }).from(tasks).where(eq(tasks.status, 'running'));
  for (const { taskId } of left) await takeOverTask(taskId);
}

/** The same for one task that nobody works on although its row says so. */
export async function takeOverTask(taskId: string): Promise<void> {
  await database().transaction(async (transaction) => {
    const [found] = await transaction.select({ workspaceId: tasks.workspaceId }).from(tasks).where(eq(tasks.id, taskId));
    if (!found) return;
    const [workspace] = await transaction.select().from(workspaces).where(eq(workspaces.id, found.workspaceId)).for('update');
    const [read] = await transaction.select().from(tasks).where(and(eq(tasks.id, taskId), eq(tasks.status, 'running')));
    if (!read) return;
    const done = workspace !== undefined && cameToItsEnd(read, workspace);
    await transaction
      .update(taskAttempts)
      .set({ outcome: done ? 'succeeded' : 'died', endedAt: sql`now()`, message: done ? null : plainWords('Its worker ended in the middle of it.') })
      .where(and(eq(taskAttempts.taskId, taskId), eq(taskAttempts.outcome, 'running')));
    if (done) {
      await settleTask(transaction, read, { status: 'succeeded', reason: null });
      return;
    }
    if (!workspace) {
      // Only a deletion removes the row, and it does so last: all that was left was to say so.
      await settleTask(transaction, read, read.kind === 'delete' ? { status: 'succeeded', reason: null } : { status: 'superseded', reason: null });
      return;
    }
    const newest = workspace.fence === read.fence;
    // Whatever the dead worker may still do, should it not be dead after all, it does under a fence that is over.
    const fence = workspace.fence + 1;
    const task: TaskRow = newest ? { ...read, fence } : read;
    if (newest) {
      await transaction.update(workspaces).set({ fence }).where(eq(workspaces.id, workspace.id));
      await transaction.update(tasks).set({ fence }).where(eq(tasks.id, taskId));
    }
    const { died } = await countAttempts(transaction, taskId);
    log().warn({ taskId, kind: task.kind, workspaceId: workspace.id, died }, 'task: its worker ended in the middle of it');
    if (died < STRIKES) {
      await settleTask(transaction, task, { status: 'queued', reason: `Its worker ended in the middle of it (${died} of ${STRIKES} times); it is taken up again.` });
      return;
    }
    const reason = `The server ended ${STRIKES} times in the middle of the task "${task.kind}", so it is not tried again. The server log may say why; after that, retry it or delete the workspace.`;
    const parked = await settleTask(transaction, task, { status: 'parked', reason });
    if (!parked || task.kind === 'sync') return;
    await moveWorkspace(transaction, workspace.id, { to: 'unhealthy', reason, fence, set: { lastError: maskTokens(reason), lastErrorClass: 'other', lastErrorAt: new Date() } });
  });
}

/**
 * To say that the workspace runs is the last step of bringing it up, under the attempt's own fence; only the word that the task is
 * done came too late. Of a restart this does not tell: it begins with a workspace that runs.
 */
function cameToItsEnd(task: TaskRow, workspace: WorkspaceRow): boolean {
  return (task.kind === 'create' || task.kind === 'start') && workspace.status === 'running' && workspace.fence === task.fence;
}

/** What the queue must hold: every task that waits for its turn or its next try. Those that wait for room are looked at on a clock. */
export async function openTaskDeliveries(): Promise<TaskDelivery[]> {
  const rows = await database()
    .select()
    .from(tasks)
    .where(inArray(tasks.status, ['queued', 'retrying']))
    .orderBy(desc(tasks.priority), asc(tasks.createdAt));
  return rows.map(({ id, workspaceId, ownerId, priority, retryAt }) => ({ taskId: id, workspaceId, ownerId, priority, notBefore: retryAt }));
}
