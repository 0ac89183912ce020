import { and, asc, eq, inArray, ne, sql } from 'drizzle-orm';
import { followUps, runs, users, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { isAnyonError } from '@/server/errors';
import { log } from '@/server/log';
import { followUpObstacle, type FirstInQueue } from '@/server/runs/follow-ups/follow-up-obstacle';
import { startNextFollowUp } from '@/server/runs/follow-ups/start-next-follow-up';
import type { ConversationKey } from '@/server/runs/next-run';
import { finalRunStatuses } from '@/server/runs/run-status';
import { maskTokens } from '@/server/secrets/masked-text';

/**
 * Makes a run of the first follow-up of every conversation whose newest run is over (or of one conversation), or says on it why
 * it holds. Safe to repeat, and to do twice at once: all that counts is in the rows.
 */
export async function startDueFollowUps(conversation?: ConversationKey): Promise<void> {
  for (const first of await firstInQueues(conversation)) {
    try {
      const obstacle = followUpObstacle(first);
      if (obstacle !== null) await hold(first, obstacle);
      else await startNextFollowUp(first);
    } catch (error) {
      if (isAnyonError(error)) await hold(first, error.message);
      else log().warn({ err: error, followUpId: first.followUp.id }, 'follow-ups: cannot be started at this moment, looking again');
    }
  }
}

/** Of every conversation whose newest run is over and behind which something waits. */
async function firstInQueues(conversation: ConversationKey | undefined): Promise<FirstInQueue[]> {
  const rows = await database()
    .selectDistinctOn([followUps.runId], { followUp: followUps, run: runs, workspace: workspaces, author: users })
    .from(followUps)
    .innerJoin(runs, eq(runs.id, followUps.runId))
    .innerJoin(workspaces, eq(workspaces.id, runs.workspaceId))
    .innerJoin(users, eq(users.id, followUps.createdById))
    .where(
      and(
        eq(followUps.status, 'waiting'),
        inArray(runs.status, finalRunStatuses),
        conversation && and(eq(runs.workspaceId, conversation.workspaceId), eq(runs.claudeSessionId, conversation.claudeSessionId)),
      ),
    )
    .orderBy(asc(followUps.runId), asc(followUps.position), asc(followUps.createdAt), asc(followUps.id));
  return rows;
}

/** Says why on the first of the queue, and on no other one of it. */
async function hold({ followUp, run }: FirstInQueue, obstacle: string): Promise<void> {
  const reason = maskTokens(obstacle);
  if (followUp.heldBecause !== reason) {
    await database()
      .update(followUps)
      .set({ heldBecause: reason })
      .where(and(eq(followUps.id, followUp.id), eq(followUps.runId, run.id), eq(followUps.status, 'waiting')));
  }
  await database()
    .update(followUps)
    .set({ heldBecause: null })
    .where(and(eq(followUps.runId, run.id), eq(followUps.status, 'waiting'), ne(followUps.id, followUp.id), sql`${followUps.heldBecause} is not null`));
}
