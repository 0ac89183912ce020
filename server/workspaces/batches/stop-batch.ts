import { and, eq } from 'drizzle-orm';
import type { BatchView } from '@/contract/batch';
import type { DatabaseOrTransaction } from '@/db/client';
import { batches, batchItems } from '@/db/schema';
import { database } from '@/server/database';
import { maskTokens } from '@/server/secrets/masked-text';
import type { BatchAccess } from '@/server/workspaces/batches/access';
import { getBatch } from '@/server/workspaces/batches/batch-queries';

/** Ends a batch early: what has not begun is cancelled, what is under way ends by itself. One that is over stays what it is. */
export async function stopBatch(access: BatchAccess): Promise<BatchView> {
  const by = access.actor.login;
  await database().transaction((transaction) =>
    endEarly(transaction, access.batch.id, { status: 'stopped', reason: `Stopped by ${by}; what was under way was brought to its end.`, itemReason: `${by} stopped the batch before it was this one's turn.` }),
  );
  return getBatch(access);
}

interface EarlyEnd {
  status: 'stopped' | 'broken';
  reason: string;
  /** For every item that had not begun. */
  itemReason: string;
}

/** Moves a running batch to its early end and cancels the rest, in the caller's transaction. False when it was not running any more. */
export async function endEarly(transaction: DatabaseOrTransaction, batchId: string, { status, reason, itemReason }: EarlyEnd): Promise<boolean> {
  const now = new Date();
  // The batch first: its row is the lock under which the worker begins an item.
  const ended = await transaction
    .update(batches)
    .set({ status, statusReason: maskTokens(reason), statusSince: now })
    .where(and(eq(batches.id, batchId), eq(batches.status, 'running')))
    .returning({ id: batches.id });
  if (ended.length === 0) return false;
  await transaction
    .update(batchItems)
    .set({ status: 'cancelled', reason: maskTokens(itemReason), finishedAt: now })
    .where(and(eq(batchItems.batchId, batchId), eq(batchItems.status, 'pending')));
  return true;
}
