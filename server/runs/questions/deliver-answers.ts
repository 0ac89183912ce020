import { and, eq, inArray, isNull } from 'drizzle-orm';
import { runQuestions, runs } from '@/db/schema';
import { database } from '@/server/database';
import { describeError } from '@/server/errors';
import { log } from '@/server/log';
import type { LiveRun } from '@/server/runs/live-run';
import { controlResponse } from '@/server/runs/questions/control-response';
import { followNeed, unsettledQuestions } from '@/server/runs/questions/follow-need';
import { originalRequest } from '@/server/runs/questions/original-request';
import { QuestionNews } from '@/server/runs/questions/question-news';
import type { QuestionRow } from '@/server/runs/questions/question-row';
import { answerToDeliver } from '@/server/runs/questions/sealed-answer';
import { tellClaude } from '@/server/runs/tell-claude';

/** While something is asked. */
const LOOK_EVERY_MS = 400;
/** While nothing is: only a question that was lost sight of is found by it. */
const IDLE_MS = 10_000;
const AFTER_FAILURE_MS = 2_000;
/** A hint comes before the rows are there. */
const HINTED_MS = 3_000;

/**
 * Hands every answer to the process that waits for it, also one that was given while no worker was there. Returns when the attempt is over. An
 * answer is marked only after it was told: a worker that dies between the two tells it twice, and the CLI passes over the second.
 */
export async function deliverAnswers(live: LiveRun): Promise<void> {
  const news = new QuestionNews(live.run.id);
  await note(live, []).catch(() => {}); // where the worker before was in the middle of it
  while (!live.signal.aborted) {
    const unsettled = await settle(live).catch((error: unknown) => {
      if (!live.signal.aborted) log().warn({ runId: live.run.id, reason: describeError(error) }, 'run: an answer could not be handed over, trying again');
      return 'failed' as const;
    });
    const active = unsettled || Date.now() - news.lastAt < HINTED_MS;
    await news.pause(unsettled === 'failed' ? AFTER_FAILURE_MS : active ? LOOK_EVERY_MS : IDLE_MS, live.signal);
  }
  news.close();
}

/** One round; true while something is unsettled. */
async function settle(live: LiveRun): Promise<boolean> {
  const unsettled = await unsettledQuestions(database(), live.run);
  const delivered: string[] = [];
  for (const question of unsettled) {
    if (question.status !== 'answered' || live.stopRequested() || live.signal.aborted) continue;
    if (await deliver(live, question)) delivered.push(question.id);
    else break; // nobody listens any more: the end of the attempt says so
  }
  if (unsettled.length > 0) await note(live, delivered);
  return unsettled.length > 0;
}

async function deliver(live: LiveRun, question: QuestionRow): Promise<boolean> {
  const answer = answerToDeliver(question);
  return tellClaude(live, controlResponse({ kind: question.kind, requestId: question.requestId, ...(await originalRequest(live, question)) }, answer));
}

/** The row of the run first, as everywhere: two transactions that take the same rows in another order would wait for each other. */
async function note(live: LiveRun, delivered: readonly string[]): Promise<void> {
  const { id, fence } = live.run;
  await database().transaction(async (transaction) => {
    const [ours] = await transaction.select({ id: runs.id }).from(runs).where(and(eq(runs.id, id), eq(runs.fence, fence))).for('update');
    if (!ours) return; // taken over: the next worker sees to it
    if (delivered.length > 0) await transaction.update(runQuestions).set({ deliveredAt: new Date(), sealedAnswer: null }).where(and(inArray(runQuestions.id, delivered), isNull(runQuestions.endedBecause)));
    await followNeed(transaction, live.run);
  });
}
