import { setTimeout as sleep } from 'node:timers/promises';
import { and, count, desc, eq, inArray, sql } from 'drizzle-orm';
import { isFinalTask } from '@/contract/task';
import { batches, batchItems, taskAttempts, tasks } from '@/db/schema';
import { database } from '@/server/database';
import { failpoint } from '@/server/failpoint';
import type { BatchRow } from '@/server/workspaces/batches/access';
import { askForTask, takeNextItem } from '@/server/workspaces/batches/begin-item';
import { whyBroken, type Ending } from '@/server/workspaces/batches/breaker';
import { endItem, explainItem, type ItemRow } from '@/server/workspaces/batches/items';
import { paceOf, type Pace } from '@/server/workspaces/batches/pace';
import { endEarly } from '@/server/workspaces/batches/stop-batch';
import type { TaskRow } from '@/server/workspaces/tasks/request-task';

const LOOK_EVERY_MS = 250;
/** More than any breaker looks at. */
const ENDINGS = 10;

/**
 * Sees one batch through: asks for the tasks of its items a few at a time, follows each to its end, and ends the batch when none
 * is left or its breaker opens. All of it is in the rows, so whoever comes after a worker that died goes on in the middle.
 * Returns when nothing is left to do.
 */
export async function workBatch(batchId: string, signal: AbortSignal, pace?: Pace): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const [batch] = await database().select().from(batches).where(eq(batches.id, batchId));
    if (!batch || batch.finishedAt) return;
    const { atOnce, apartMs } = pace ?? paceOf(batch.action);
    const working = await followItems(batch);
    if (await breakIfItMust(batch)) continue;
    const next = working < atOnce ? await takeNextItem(batchId) : null;
    if (next) {
      await failpoint('batch.item-taken');
      await askForTask(batch, next);
    } else if (working === 0 && (await endWhenDone(batchId))) return;
    await sleep(next ? apartMs * (0.5 + Math.random()) : LOOK_EVERY_MS, undefined, { signal });
  }
}

/** Brings every item that is under way to where its task is; returns how many still are. */
async function followItems(batch: BatchRow): Promise<number> {
  const rows = await database()
    .select({ item: batchItems, task: tasks })
    .from(batchItems)
    .leftJoin(tasks, eq(tasks.id, batchItems.taskId))
    .where(and(eq(batchItems.batchId, batch.id), eq(batchItems.status, 'working')));
  let working = 0;
  for (const { item, task } of rows) {
    if (!item.taskId) await askForTask(batch, item); // its worker died between taking it and asking
    else if (!task) await endItem(item, 'failed', 'What became of it is not known: its task has been removed.');
    else if (isFinalTask(task.status)) await endWith(item, task);
    else {
      working++;
      await explainItem(item, task.status === 'waiting' || task.status === 'retrying' ? task.statusReason : null);
    }
  }
  return working;
}

async function endWith(item: ItemRow, { status, statusReason }: TaskRow): Promise<void> {
  if (status === 'succeeded') return endItem(item, 'succeeded', null);
  if (status === 'superseded') return endItem(item, 'skipped', statusReason ?? 'Something else was asked for later, and that goes first.');
  if (status === 'cancelled') return endItem(item, 'cancelled', statusReason ?? 'Its task was cancelled.');
  return endItem(item, 'failed', statusReason ?? 'It failed, and no reason was given.');
}

/** True when the breaker has opened now. */
async function breakIfItMust(batch: BatchRow): Promise<boolean> {
  if (batch.status !== 'running') return false;
  const reason = whyBroken(await newestEndings(batch.id));
  if (!reason) return false;
  return database().transaction((transaction) => endEarly(transaction, batch.id, { status: 'broken', reason, itemReason: "The batch was broken off before it was this one's turn. Retry it when the reason is gone." }));
}

async function newestEndings(batchId: string): Promise<Ending[]> {
  // A condition in a template of its own keeps the names of its tables; a bare column of the outer one would lose it.
  const ofItem = eq(taskAttempts.taskId, batchItems.taskId);
  const lastClass = sql<Ending['errorClass']>`(select ${taskAttempts.errorClass} from ${taskAttempts} where ${ofItem} order by ${taskAttempts.number} desc limit 1)`;
  const rows = await database()
    .select({ status: batchItems.status, reason: batchItems.reason, errorClass: lastClass })
    .from(batchItems)
    .where(and(eq(batchItems.batchId, batchId), inArray(batchItems.status, ['succeeded', 'failed'])))
    .orderBy(desc(batchItems.finishedAt), desc(batchItems.position))
    .limit(ENDINGS);
  return rows.map(({ status, reason, errorClass }) => ({ ok: status === 'succeeded', reason, errorClass }));
}

/** Closes the batch when every item has ended; false when one has not. */
async function endWhenDone(batchId: string): Promise<boolean> {
  return database().transaction(async (transaction) => {
    await transaction.select({ id: batches.id }).from(batches).where(eq(batches.id, batchId)).for('update');
    const counted = await transaction.select({ status: batchItems.status, items: count() }).from(batchItems).where(eq(batchItems.batchId, batchId)).groupBy(batchItems.status);
    const of = new Map(counted.map(({ status, items }) => [status, items]));
    if (of.has('pending') || of.has('working')) return false;
    const failed = of.get('failed') ?? 0;
    await transaction
      .update(batches)
      .set({
        finishedAt: new Date(),
        status: sql`case when ${batches.status} = 'running' then 'done' else ${batches.status} end`,
        statusSince: sql`case when ${batches.status} = 'running' then now() else ${batches.statusSince} end`,
        statusReason: sql`coalesce(${batches.statusReason}, ${failed > 0 ? `${failed} failed; retry only those when the reason is gone.` : null})`,
      })
      .where(eq(batches.id, batchId));
    return true;
  });
}
