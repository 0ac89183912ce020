import { uuidv7 } from 'uuidv7';
import type { Actor } from '@/contract/actor';
import type { BatchAction, StartBatchInput } from '@/contract/batch';
import { batches, batchItems } from '@/db/schema';
import { database } from '@/server/database';
import { selectWorkspaces, type Selected } from '@/server/workspaces/batches/select-workspaces';

/** Writes the batch with an item for every workspace and answers at once; the worker takes it from there within a second. */
export async function startBatch(actor: Actor, input: StartBatchInput): Promise<{ batchId: string }> {
  return writeBatch({ action: input.action, requestedById: actor.userId, retryOfId: null }, await selectWorkspaces(actor, input.selection));
}

interface NewBatch {
  action: BatchAction;
  requestedById: string;
  retryOfId: string | null;
}

/** The batch and its items, all or nothing. */
export async function writeBatch(batch: NewBatch, selected: readonly Pick<Selected, 'id' | 'name'>[]): Promise<{ batchId: string }> {
  const batchId = uuidv7();
  await database().transaction(async (transaction) => {
    await transaction.insert(batches).values({ ...batch, id: batchId, status: 'running' });
    const items = selected.map(({ id, name }, position) => ({ batchId, position, workspaceId: id, workspaceName: name, status: 'pending' as const }));
    await transaction.insert(batchItems).values(items);
  });
  return { batchId };
}
