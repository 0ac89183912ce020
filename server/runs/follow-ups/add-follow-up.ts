import { uuidv7 } from 'uuidv7';
import type { AddedFollowUp, AddFollowUpInput } from '@/contract/follow-up';
import { isFinal } from '@/contract/run';
import type { DatabaseOrTransaction } from '@/db/client';
import { followUps } from '@/db/schema';
import { requireRunAccess, type RunAccess } from '@/server/runs/access';
import { assertSessionExists } from '@/server/runs/claude-session';
import { assertHasRoom, withQueue } from '@/server/runs/follow-ups/follow-up-queue';
import { startedRunOf } from '@/server/runs/follow-ups/settled-follow-up';
import { startDueFollowUps } from '@/server/runs/follow-ups/start-due-follow-ups';
import { keepPrompt } from '@/server/runs/run-prompt';
import { stopRun } from '@/server/runs/stop-run';

/** What is written in the same transaction as a follow-up; when it throws there is no follow-up. */
export type Alongside = (transaction: DatabaseOrTransaction, followUpId: string) => Promise<void>;

/**
 * Adds a prompt to a conversation. Behind a run that is on, or behind others, it waits for its turn; else it starts at once. With `now` it
 * comes before all others, the run that is on is stopped, and it starts as soon as that one is over. Throws `precondition` when the
 * conversation is over and there is nothing left to go on with.
 */
export async function addFollowUp(access: RunAccess, { prompt, model, permissionMode, limits, now }: Omit<AddFollowUpInput, 'runId'>, alongside?: Alongside): Promise<AddedFollowUp> {
  const id = uuidv7();
  const createdById = access.actor.userId;
  const kept = await keepPrompt({ id, startedById: createdById }, prompt);
  const newest = await withQueue(access, async (transaction, queue) => {
    assertHasRoom(queue.waiting);
    const isOver = isFinal(queue.newest.status);
    if (isOver) await assertSessionExists(queue.newest);
    const first = queue.waiting[0];
    const last = queue.waiting.at(-1);
    const position = now ? (first?.position ?? 1) - 1 : (last?.position ?? 0) + 1;
    const asked = { model: model ?? null, permissionMode: permissionMode ?? null, limits: limits ?? null, anyway: now || (isOver && !first) };
    await transaction.insert(followUps).values({ id, runId: queue.newest.id, position, ...kept, ...asked, createdById });
    await alongside?.(transaction, id);
    return queue.newest;
  });
  if (now && !isFinal(newest.status)) await stopRun(await requireRunAccess(access.actor, newest.id));
  await startDueFollowUps(newest);
  return { followUpId: id, startedRun: await startedRunOf(access, id) };
}
