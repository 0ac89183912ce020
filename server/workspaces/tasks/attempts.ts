import os from 'node:os';
import { and, eq, inArray, max, sql } from 'drizzle-orm';
import type { ErrorClass } from '@/contract/recovery';
import { isFinalTask, openTaskStatuses, type TaskAttempt, type TaskStatus } from '@/contract/task';
import type { DatabaseOrTransaction } from '@/db/client';
import { taskAttempts, tasks, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { enqueueTask } from '@/server/queue/queue';
import { maskTokens } from '@/server/secrets/masked-text';
import type { TaskRow } from '@/server/workspaces/tasks/request-task';
import { moveWorkspace, type WorkspaceMove, type WorkspaceRow } from '@/server/workspaces/workspace-status';

/** One try at a task, written before it begins; task and workspace as they were then, under the attempt's own fence. */
export interface Attempt {
  task: TaskRow;
  workspace: WorkspaceRow;
  number: number;
}

/** What came of an attempt, for all three rows. */
export interface AttemptEnd {
  outcome: Exclude<TaskAttempt['outcome'], 'running' | 'died'>;
  message: string | null;
  errorClass?: ErrorClass;
  task: { status: TaskStatus; reason: string | null; retryInSeconds?: number };
  /** Absent: the attempt has moved the workspace itself, or must not. */
  workspace?: WorkspaceMove;
}

/** Which worker this is, for people: host name and process id. */
export function workerName(): string {
  return `${os.hostname()}:${process.pid}`;
}

/**
 * Begins the next attempt: a worker that dies from now on leaves a row that says so. The workspace gets a new fence, so that
 * whatever an earlier attempt may still do changes nothing. Null when the task is final, superseded or in work already.
 */
export async function beginAttempt(taskId: string): Promise<Attempt | null> {
  return database().transaction(async (transaction) => {
    const [found] = await transaction.select({ workspaceId: tasks.workspaceId }).from(tasks).where(eq(tasks.id, taskId));
    if (!found) return null;
    // The workspace before the task, as everywhere: two orders would be a deadlock.
    const [locked] = await transaction.select({ fence: workspaces.fence }).from(workspaces).where(eq(workspaces.id, found.workspaceId)).for('update');
    if (!locked) return null;
    const fence = locked.fence + 1;
    const now = sql`now()`;
    const [task] = await transaction
      .update(tasks)
      .set({ status: 'running', statusReason: null, statusSince: now, retryAt: null, fence })
      .where(and(eq(tasks.id, taskId), eq(tasks.fence, locked.fence), inArray(tasks.status, ['queued', 'waiting', 'retrying'])))
      .returning();
    if (!task) return null;
    const [workspace] = await transaction.update(workspaces).set({ fence }).where(eq(workspaces.id, task.workspaceId)).returning();
    if (!workspace) return null;
    const [last] = await transaction.select({ number: max(taskAttempts.number) }).from(taskAttempts).where(eq(taskAttempts.taskId, taskId));
    const number = (last?.number ?? 0) + 1;
    await transaction.insert(taskAttempts).values({ taskId, number, worker: workerName(), outcome: 'running' });
    return { task, workspace, number };
  });
}

/** Writes what came of an attempt, and the next look where there is one. False: the attempt was taken for dead meanwhile, and nothing was written. */
export async function endAttempt({ task, number }: Attempt, end: AttemptEnd): Promise<boolean> {
  return database().transaction(async (transaction) => {
    await transaction.select({ id: workspaces.id }).from(workspaces).where(eq(workspaces.id, task.workspaceId)).for('update');
    const [mine] = await transaction
      .update(taskAttempts)
      .set({ outcome: end.outcome, endedAt: sql`now()`, errorClass: end.errorClass ?? null, message: maskTokens(end.message) })
      .where(and(eq(taskAttempts.taskId, task.id), eq(taskAttempts.number, number), eq(taskAttempts.outcome, 'running')))
      .returning({ number: taskAttempts.number });
    if (!mine) return false;
    const settled = await settleTask(transaction, task, end.task);
    if (settled && end.workspace) await moveWorkspace(transaction, task.workspaceId, { ...end.workspace, fence: task.fence });
    return true;
  });
}

/**
 * Moves a task that is not final; where it shall be looked at again, with the job for it. A task whose workspace has moved on
 * under a newer one ends as superseded instead, unless it has succeeded already. True when it is now what was asked for.
 */
export async function settleTask(transaction: DatabaseOrTransaction, task: TaskRow, to: AttemptEnd['task']): Promise<boolean> {
  const overtaken = to.status !== 'succeeded' && !(await isNewest(transaction, task));
  const status = overtaken ? 'superseded' : to.status;
  const [settled] = await transaction
    .update(tasks)
    .set({
      status,
      // Who took its place has said so in the row already.
      statusReason: status === 'superseded' ? sql`coalesce(${tasks.statusReason}, 'A newer task took its place.')` : maskTokens(to.reason),
      statusSince: sql`case when ${tasks.status} = ${status} then ${tasks.statusSince} else now() end`,
      // By the database's clock, as the queue's: one that is set otherwise must neither hold a task up nor spin.
      retryAt: overtaken || to.retryInSeconds === undefined ? null : sql`clock_timestamp() + make_interval(secs => ${to.retryInSeconds})`,
      finishedAt: isFinalTask(status) ? sql`now()` : null,
    })
    .where(and(eq(tasks.id, task.id), eq(tasks.fence, task.fence), inArray(tasks.status, [...openTaskStatuses])))
    .returning({ id: tasks.id });
  if (!settled || overtaken) return false;
  if (status === 'queued' || status === 'retrying') {
    await enqueueTask(transaction, { taskId: task.id, workspaceId: task.workspaceId, ownerId: task.ownerId, priority: task.priority, notBefore: to.retryInSeconds ?? null });
  }
  return true;
}

async function isNewest(transaction: DatabaseOrTransaction, task: TaskRow): Promise<boolean> {
  const [row] = await transaction.select({ fence: workspaces.fence }).from(workspaces).where(eq(workspaces.id, task.workspaceId));
  return row?.fence === task.fence;
}

/** How often this task's attempts have failed, and how often they took their worker with them. */
export async function countAttempts(db: DatabaseOrTransaction, taskId: string): Promise<{ failed: number; died: number }> {
  const [row] = await db
    .select({
      failed: sql<number>`(count(*) filter (where ${taskAttempts.outcome} = 'failed'))::int`,
      died: sql<number>`(count(*) filter (where ${taskAttempts.outcome} = 'died'))::int`,
    })
    .from(taskAttempts)
    .where(eq(taskAttempts.taskId, taskId));
  return { failed: row?.failed ?? 0, died: row?.died ?? 0 };
}
