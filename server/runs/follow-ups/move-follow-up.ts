import { eq } from 'drizzle-orm';
import type { FollowUpQueue, MoveFollowUpInput } from '@/contract/follow-up';
import { followUps } from '@/db/schema';
import type { RunAccess } from '@/server/runs/access';
import { findWaiting, readQueue, withQueue } from '@/server/runs/follow-ups/follow-up-queue';
import { positionsAfterMove } from '@/server/runs/follow-ups/positions-after-move';

/** Puts a follow-up before another one, or at the end. Moves of several people come one after the other; none of them loses a follow-up. */
export async function moveFollowUp(access: RunAccess, { followUpId, before }: Omit<MoveFollowUpInput, 'runId'>): Promise<FollowUpQueue> {
  await withQueue(access, async (transaction, { waiting }) => {
    findWaiting(waiting, followUpId);
    if (before !== null) findWaiting(waiting, before);
    for (const [id, position] of positionsAfterMove(waiting, followUpId, before)) await transaction.update(followUps).set({ position }).where(eq(followUps.id, id));
  });
  return readQueue(access);
}
