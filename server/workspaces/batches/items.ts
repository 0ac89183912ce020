import { and, eq } from 'drizzle-orm';
import type { BatchItem } from '@/contract/batch';
import { batchItems } from '@/db/schema';
import { database } from '@/server/database';
import { failpoint } from '@/server/failpoint';
import { maskTokens } from '@/server/secrets/masked-text';

export type ItemRow = typeof batchItems.$inferSelect;

/** Ends an item that is under way; one that has ended stays what it is. */
export async function endItem(item: Pick<ItemRow, 'batchId' | 'position'>, status: Exclude<BatchItem['status'], 'pending' | 'working'>, reason: string | null): Promise<void> {
  await database()
    .update(batchItems)
    .set({ status, reason: maskTokens(reason), finishedAt: new Date() })
    .where(and(isItem(item), eq(batchItems.status, 'working')));
  await failpoint('batch.item-settled');
}

/** Shows why an item that is under way takes its time. */
export async function explainItem(item: ItemRow, reason: string | null): Promise<void> {
  if (item.reason !== reason) await database().update(batchItems).set({ reason: maskTokens(reason) }).where(and(isItem(item), eq(batchItems.status, 'working')));
}

export function isItem({ batchId, position }: Pick<ItemRow, 'batchId' | 'position'>) {
  return and(eq(batchItems.batchId, batchId), eq(batchItems.position, position));
}
