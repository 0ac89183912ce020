import { and, asc, eq, inArray } from 'drizzle-orm';
import { batchItems, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import { mayUse } from '@/server/workspaces/access';
import type { BatchAccess } from '@/server/workspaces/batches/access';
import { writeBatch } from '@/server/workspaces/batches/start-batch';

/** A new batch with what failed or was cancelled in this one. Workspaces that are gone by now stay in it and are skipped. */
export async function retryFailed({ actor, batch }: BatchAccess): Promise<{ batchId: string }> {
  if (batch.status === 'running') throw new AnyonError('conflict', 'This batch is still under way. Stop it, or wait for its end.');
  const items = await database()
    .select({ id: batchItems.workspaceId, name: batchItems.workspaceName, ownerId: workspaces.ownerId })
    .from(batchItems)
    .leftJoin(workspaces, eq(workspaces.id, batchItems.workspaceId))
    .where(and(eq(batchItems.batchId, batch.id), inArray(batchItems.status, ['failed', 'cancelled'])))
    .orderBy(asc(batchItems.position));
  if (items.length === 0) throw new AnyonError('precondition', 'Nothing in this batch failed or was cancelled.');
  // An admin's batch outlives the admin's role: rights are those of now.
  if (items.some(({ ownerId }) => ownerId !== null && !mayUse(actor, { ownerId }))) {
    throw new AnyonError('not_found', 'One of these workspaces does not exist, or is not yours.');
  }
  return writeBatch({ action: batch.action, requestedById: actor.userId, retryOfId: batch.id }, items);
}
