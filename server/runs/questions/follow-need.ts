import { and, asc, eq, isNull, or } from 'drizzle-orm';
import type { DatabaseOrTransaction } from '@/db/client';
import { runQuestions, runs } from '@/db/schema';
import { jsonOf } from '@/server/runs/questions/control-lines';
import { raiseNeedAlert, resolveNeedAlert } from '@/server/runs/questions/need-alert';
import type { QuestionRow } from '@/server/runs/questions/question-row';
import { whatClaudeAsks } from '@/server/runs/questions/question-words';
import { moveRun, type RunRow } from '@/server/runs/run-status';
import { maskTokens } from '@/server/secrets/masked-text';

/** Questions of this attempt that somebody has to answer, or whose answer Claude has not got yet; oldest first. */
export async function unsettledQuestions(db: DatabaseOrTransaction, run: Pick<RunRow, 'id' | 'attempt'>): Promise<QuestionRow[]> {
  const undelivered = and(eq(runQuestions.status, 'answered'), isNull(runQuestions.deliveredAt), isNull(runQuestions.endedBecause));
  return db
    .select()
    .from(runQuestions)
    .where(and(eq(runQuestions.runId, run.id), eq(runQuestions.attempt, run.attempt), or(eq(runQuestions.status, 'open'), undelivered)))
    .orderBy(asc(runQuestions.offset));
}

/**
 * Moves the run to where its questions say it is: `needs_you` with the first open one as reason, `running` when Claude has every answer. Its
 * person is told while it waits for one. Writes nothing where all of that is so already; takes the lock of the run's row first.
 */
export async function followNeed(transaction: DatabaseOrTransaction, run: Pick<RunRow, 'id' | 'attempt' | 'fence'>): Promise<void> {
  const [now] = await transaction.select({ status: runs.status, reason: runs.statusReason }).from(runs).where(and(eq(runs.id, run.id), eq(runs.fence, run.fence))).for('update');
  if (!now) return;
  const unsettled = await unsettledQuestions(transaction, run);
  const open = unsettled.find(({ status }) => status === 'open');
  if (!open) {
    if (now.status !== 'needs_you') return;
    await resolveNeedAlert(transaction, run.id);
    if (unsettled.length === 0) await moveRun(transaction, run.id, { to: 'running', from: ['needs_you'], reason: null, fence: run.fence });
    return;
  }
  const reason = maskTokens(whatClaudeAsks(open.kind, open.toolName, jsonOf(open.input)));
  if (now.status === 'needs_you' && now.reason === reason) return;
  const moved = await moveRun(transaction, run.id, { to: 'needs_you', from: ['running', 'needs_you'], reason, fence: run.fence });
  if (moved) await raiseNeedAlert(transaction, moved, reason);
}
