import { eq } from 'drizzle-orm';
import { isFinal, type RunView } from '@/contract/run';
import { followUps } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { RunAccess } from '@/server/runs/access';
import { withQueue } from '@/server/runs/follow-ups/follow-up-queue';
import { startedRunOf } from '@/server/runs/follow-ups/settled-follow-up';
import { startDueFollowUps } from '@/server/runs/follow-ups/start-due-follow-ups';

/** Starts the first follow-up of a queue that holds, whatever became of the run before it. Throws `precondition` with what is in the way still. */
export async function goOnWithQueue(access: RunAccess): Promise<RunView> {
  const { newest, first } = await withQueue(access, async (transaction, queue) => {
    const [next] = queue.waiting;
    if (!isFinal(queue.newest.status)) throw new AnyonError('conflict', `Run #${queue.newest.number} is on. What follows starts when it has succeeded.`);
    if (!next) throw new AnyonError('conflict', 'Nothing waits in this conversation any more.');
    await transaction.update(followUps).set({ anyway: true }).where(eq(followUps.id, next.id));
    return { newest: queue.newest, first: next.id };
  });
  await startDueFollowUps(newest);
  const started = await startedRunOf(access, first);
  if (started) return started;
  const [held] = await database().select({ because: followUps.heldBecause }).from(followUps).where(eq(followUps.id, first));
  throw new AnyonError('precondition', held?.because ?? 'The queue has changed meanwhile. Look at it and try again.');
}
