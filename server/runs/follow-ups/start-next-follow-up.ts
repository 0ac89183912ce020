import { and, eq, sql } from 'drizzle-orm';
import { isFinal } from '@/contract/run';
import { followUps } from '@/db/schema';
import { database } from '@/server/database';
import { failpoint } from '@/server/failpoint';
import { log } from '@/server/log';
import { assertSessionExists } from '@/server/runs/claude-session';
import type { FirstInQueue } from '@/server/runs/follow-ups/follow-up-obstacle';
import { waitingBehind } from '@/server/runs/follow-ups/follow-up-queue';
import { lockNewestRun, nextRunAfter } from '@/server/runs/next-run';
import { promptForClaude } from '@/server/runs/run-prompt';
import { assertMayBegin, holdWorkspace, insertRun, prepareRun } from '@/server/runs/start-run';

/**
 * Makes a run of the first follow-up of a conversation, once: the run, its job, the follow-up's new state and the place of those behind
 * it are one transaction, under the locks of the workspace and of the newest run. Returns the run's id, or null when something has changed
 * since it was looked at. Throws `AnyonError` when it cannot start, in words; then nothing was written.
 */
export async function startNextFollowUp({ followUp, run, workspace }: FirstInQueue): Promise<string | null> {
  await assertMayBegin(workspace);
  await assertSessionExists(run);
  const prepared = await prepareRun(followUp.createdById, promptForClaude(followUp));
  const started = await database().transaction(async (transaction) => {
    await holdWorkspace(transaction, workspace.id);
    const newest = await lockNewestRun(transaction, run);
    const [first] = await waitingBehind(transaction, newest.id);
    if (newest.id !== run.id || first?.id !== followUp.id || first.prompt !== followUp.prompt || first.sealedPrompt !== followUp.sealedPrompt) return false;
    if (!isFinal(newest.status) || (newest.status !== 'succeeded' && !first.anyway)) return false;
    const settled = { status: 'started', sealedPrompt: null, heldBecause: null, settledAt: sql`now()` } as const;
    await transaction.update(followUps).set(settled).where(and(eq(followUps.id, first.id), eq(followUps.status, 'waiting')));
    await failpoint('follow-up.taken');
    await insertRun(transaction, workspace.id, prepared, () => nextRunAfter(newest, first));
    await transaction.update(followUps).set({ startedRunId: prepared.id }).where(eq(followUps.id, first.id));
    await failpoint('follow-up.run-written');
    return true;
  });
  await failpoint('follow-up.started');
  if (started) log().info({ runId: prepared.id, followUpId: followUp.id }, 'follow-up: has become a run');
  return started ? prepared.id : null;
}
