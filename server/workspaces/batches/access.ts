import { eq } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import { batches } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';

export type BatchRow = typeof batches.$inferSelect;

declare const proof: unique symbol;

/** Proof that `actor` may see and steer this batch. Only `requireBatchAccess` makes one. */
export interface BatchAccess {
  readonly actor: Actor;
  readonly batch: BatchRow;
  readonly [proof]: true;
}

/** A batch belongs to who asked for it; admins may use all. For everybody else it does not exist. */
export async function requireBatchAccess(actor: Actor, batchId: string): Promise<BatchAccess> {
  const [batch] = await database().select().from(batches).where(eq(batches.id, batchId));
  if (!batch || (actor.role !== 'admin' && batch.requestedById !== actor.userId)) {
    throw new AnyonError('not_found', 'There is no such batch, or it is not yours.');
  }
  return { actor, batch } as BatchAccess;
}
