import { and, eq, sql } from 'drizzle-orm';
import type { FollowUpIdInput, FollowUpQueue } from '@/contract/follow-up';
import { followUps } from '@/db/schema';
import type { RunAccess } from '@/server/runs/access';
import { findWaiting, readQueue, withQueue } from '@/server/runs/follow-ups/follow-up-queue';

/** Takes back a follow-up that waits. Throws `conflict` when it has become a run already. */
export async function cancelFollowUp(access: RunAccess, { followUpId }: Omit<FollowUpIdInput, 'runId'>): Promise<FollowUpQueue> {
  await withQueue(access, async (transaction, { waiting }) => {
    findWaiting(waiting, followUpId);
    await transaction
      .update(followUps)
      .set({ status: 'cancelled', sealedPrompt: null, heldBecause: null, settledAt: sql`now()` })
      .where(and(eq(followUps.id, followUpId), eq(followUps.status, 'waiting')));
  });
  return readQueue(access);
}
