import { and, asc, desc, eq, inArray } from 'drizzle-orm';
import type { z } from 'zod';
import type { Actor } from '@/contract/actor';
import { openTaskStatuses, taskViewSchema, type listTasksInput, type TaskKind, type TaskView } from '@/contract/task';
import { taskAttempts, tasks, users } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import type { TaskAccess } from '@/server/workspaces/tasks/access';
import type { TaskRow } from '@/server/workspaces/tasks/request-task';

/** Tasks of the workspaces that the actor may use, those of deleted ones too, newest first, each with its attempts. Throws `not_found` for a workspace that is not the actor's. */
export async function listTasks(actor: Actor, { workspaceId, open, limit }: z.output<typeof listTasksInput>): Promise<TaskView[]> {
  const conditions = [
    actor.role === 'admin' ? undefined : eq(tasks.ownerId, actor.userId),
    workspaceId ? eq(tasks.workspaceId, workspaceId) : undefined,
    open ? inArray(tasks.status, [...openTaskStatuses]) : undefined,
  ];
  const rows = await selectTasks().where(and(...conditions)).orderBy(desc(tasks.createdAt), desc(tasks.fence)).limit(limit);
  if (workspaceId && rows.length === 0) await requireWorkspaceAccess(actor, workspaceId);
  return readViews(rows);
}

/** One task as it stands now. */
export async function getTask(access: TaskAccess): Promise<TaskView> {
  const [view] = await readViews(await selectTasks().where(eq(tasks.id, access.task.id)));
  if (!view) throw new AnyonError('not_found', 'There is no such task any more.');
  return view;
}

function selectTasks() {
  return database().select({ task: tasks, requestedBy: users.login }).from(tasks).leftJoin(users, eq(users.id, tasks.requestedById)).$dynamic();
}

async function readViews(rows: readonly { task: TaskRow; requestedBy: string | null }[]): Promise<TaskView[]> {
  const ids = rows.map(({ task }) => task.id);
  const attempts = ids.length === 0 ? [] : await database().select().from(taskAttempts).where(inArray(taskAttempts.taskId, ids)).orderBy(asc(taskAttempts.number));
  const of = Map.groupBy(attempts, (attempt) => attempt.taskId);
  return rows.map(({ task, requestedBy }) => taskViewSchema.parse({ ...task, requestedBy, nextStep: nextStep(task), attempts: of.get(task.id) ?? [] }));
}

const goesOn: Readonly<Record<TaskKind, string>> = {
  create: 'The workspace is ready when it is done.',
  start: 'The workspace is ready when it is done.',
  restart: 'The workspace is ready when it is done.',
  stop: 'The workspace is stopped when it is done.',
  archive: 'The workspace is archived when it is done.',
  delete: 'The workspace disappears when it is done.',
  sync: 'What it finds is put right.',
};

function nextStep({ status, kind, retryAt }: TaskRow): string | null {
  switch (status) {
    case 'queued':
      return 'It begins as soon as a worker is free.';
    case 'running':
      return goesOn[kind];
    case 'waiting':
      return 'It goes on by itself as soon as what it waits for is there.';
    case 'retrying':
      return retryAt ? 'It is tried again at the given time.' : 'It is tried again in a moment.';
    case 'failed':
      return 'Retry it when the reason is gone.';
    case 'parked':
      return 'Look into the server log, then retry it or delete the workspace.';
    case 'succeeded':
    case 'superseded':
    case 'cancelled':
      return null;
  }
}
