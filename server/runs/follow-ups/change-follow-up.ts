import { and, eq } from 'drizzle-orm';
import type { ChangeFollowUpInput, FollowUpQueue } from '@/contract/follow-up';
import { followUps } from '@/db/schema';
import { AnyonError } from '@/server/errors';
import type { RunAccess } from '@/server/runs/access';
import { findWaiting, readQueue, withQueue } from '@/server/runs/follow-ups/follow-up-queue';
import { keepPrompt } from '@/server/runs/run-prompt';

/** Other words for a follow-up that waits. Only whoever wrote it may choose them: it runs with that person's accounts and secrets. */
export async function changeFollowUp(access: RunAccess, { followUpId, prompt }: Omit<ChangeFollowUpInput, 'runId'>): Promise<FollowUpQueue> {
  const kept = await keepPrompt({ id: followUpId, startedById: access.actor.userId }, prompt);
  await withQueue(access, async (transaction, { waiting }) => {
    const { createdById } = findWaiting(waiting, followUpId);
    if (createdById !== access.actor.userId) throw new AnyonError('forbidden', 'Only the person who wrote a follow-up may change its words. You can cancel it and write another.');
    await transaction.update(followUps).set(kept).where(and(eq(followUps.id, followUpId), eq(followUps.status, 'waiting')));
  });
  return readQueue(access);
}
