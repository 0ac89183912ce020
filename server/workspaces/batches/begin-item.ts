import { and, asc, desc, eq, gt, notInArray, or } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { BatchAction } from '@/contract/batch';
import { batches, batchItems, tasks, users, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError, isAnyonError } from '@/server/errors';
import { failpoint } from '@/server/failpoint';
import type { BatchRow } from '@/server/workspaces/batches/access';
import { endItem, isItem, type ItemRow } from '@/server/workspaces/batches/items';
import { requestTask } from '@/server/workspaces/tasks/request-task';

const nothingToDo: Readonly<Record<BatchAction, string>> = {
  start: 'It was running already.',
  stop: 'It was stopped already.',
  restart: 'There was nothing to do.',
  delete: 'There was nothing to do.',
};

/** Takes the next item that has not begun; null when there is none, or the batch was ended early in this moment. */
export async function takeNextItem(batchId: string): Promise<ItemRow | null> {
  return database().transaction(async (transaction) => {
    const [running] = await transaction.select({ id: batches.id }).from(batches).where(and(eq(batches.id, batchId), eq(batches.status, 'running'))).for('update');
    if (!running) return null;
    const [next] = await transaction
      .select()
      .from(batchItems)
      .where(and(eq(batchItems.batchId, batchId), eq(batchItems.status, 'pending')))
      .orderBy(asc(batchItems.position))
      .limit(1);
    if (!next) return null;
    const [taken] = await transaction
      .update(batchItems)
      .set({ status: 'working', startedAt: new Date() })
      .where(isItem(next))
      .returning();
    return taken ?? null;
  });
}

/**
 * Asks for the item's task, or finds the one that was asked for by a worker that died before it could note it. Ends the item
 * at once when there is nothing to do, the workspace refuses, or somebody has asked for something else since the batch began.
 */
export async function askForTask(batch: BatchRow, item: ItemRow): Promise<void> {
  const asked = await taskOfBatch(batch.id, item.workspaceId);
  if (asked) return noteTask(item, asked);
  try {
    const fence = await fenceOf(item.workspaceId); // before the look at what was asked: nothing can come between the two and the request
    const later = await laterCommand(batch, item.workspaceId);
    if (later) return await endItem(item, 'skipped', later);
    const taskId = await requestTask({ workspaceId: item.workspaceId, kind: batch.action, cause: 'batch', requestedById: batch.requestedById, batchId: batch.id, fence });
    await failpoint('batch.task-requested');
    if (taskId !== null) return await noteTask(item, taskId);
    if ((await fenceOf(item.workspaceId)) !== fence) return await askForTask(batch, item); // something happened to it in this moment
    return await endItem(item, 'skipped', nothingToDo[batch.action]);
  } catch (error) {
    if (!isAnyonError(error)) throw error;
    if (error.kind === 'not_found') return endItem(item, 'skipped', 'It had been deleted already.');
    return endItem(item, 'failed', error.message);
  }
}

async function noteTask(item: ItemRow, taskId: string): Promise<void> {
  await database().update(batchItems).set({ taskId }).where(and(isItem(item), eq(batchItems.status, 'working')));
}

async function taskOfBatch(batchId: string, workspaceId: string): Promise<string | null> {
  const [task] = await database().select({ id: tasks.id }).from(tasks).where(and(eq(tasks.batchId, batchId), eq(tasks.workspaceId, workspaceId)));
  return task?.id ?? null;
}

async function fenceOf(workspaceId: string): Promise<number> {
  const [workspace] = await database().select({ fence: workspaces.fence }).from(workspaces).where(eq(workspaces.id, workspaceId));
  if (!workspace) throw new AnyonError('not_found', 'This workspace has been deleted.');
  return workspace.fence;
}

/** What a person, or a batch that was started later, has asked of the workspace since this batch began, as a sentence; null when nothing else. */
async function laterCommand(batch: BatchRow, workspaceId: string): Promise<string | null> {
  const laterBatch = alias(batches, 'later_batch');
  const [task] = await database()
    .select({ kind: tasks.kind, by: users.login })
    .from(tasks)
    .leftJoin(users, eq(users.id, tasks.requestedById))
    .leftJoin(laterBatch, eq(laterBatch.id, tasks.batchId))
    .where(
      and(
        eq(tasks.workspaceId, workspaceId),
        notInArray(tasks.kind, [batch.action, 'sync']),
        or(and(eq(tasks.cause, 'person'), gt(tasks.createdAt, batch.createdAt)), gt(laterBatch.createdAt, batch.createdAt)),
      ),
    )
    .orderBy(desc(tasks.createdAt))
    .limit(1);
  return task ? `"${task.kind}" was asked for later${task.by ? ` by ${task.by}` : ''}, and that goes first.` : null;
}
