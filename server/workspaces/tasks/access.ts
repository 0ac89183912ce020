import { eq } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import { tasks } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import { mayUse } from '@/server/workspaces/access';
import type { TaskRow } from '@/server/workspaces/tasks/request-task';

declare const proof: unique symbol;

/** Proof that `actor` may see and steer this task. Only `requireTaskAccess` makes one. */
export interface TaskAccess {
  readonly actor: Actor;
  readonly task: TaskRow;
  readonly [proof]: true;
}

/** A task belongs to its workspace's owner, also when the workspace is gone. For everybody else it does not exist (`not_found`). */
export async function requireTaskAccess(actor: Actor, taskId: string): Promise<TaskAccess> {
  const [task] = await database().select().from(tasks).where(eq(tasks.id, taskId));
  if (!task || !mayUse(actor, task)) throw new AnyonError('not_found', 'There is no such task, or it is not yours.');
  return { actor, task } as TaskAccess;
}
