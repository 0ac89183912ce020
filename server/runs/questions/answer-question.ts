import { and, eq } from 'drizzle-orm';
import type { AnswerQuestionInput, QuestionView } from '@/contract/question';
import type { DatabaseOrTransaction } from '@/db/client';
import { runQuestions, runs, users } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { RunAccess } from '@/server/runs/access';
import { checkAnswer } from '@/server/runs/questions/check-answer';
import { answerOf, type QuestionRow } from '@/server/runs/questions/question-row';
import { answerInWords } from '@/server/runs/questions/question-words';
import { listQuestions } from '@/server/runs/questions/question-views';
import { keepAnswer } from '@/server/runs/questions/sealed-answer';
import { askToStop } from '@/server/runs/stop-run';

/**
 * Answers a question of Claude's, once: who comes first wins, everybody else is told who that was (`conflict`). The worker hands it over.
 * `stop` asks for the end of the run in the same step.
 */
export async function answerQuestion(access: RunAccess, { questionId, answer }: Omit<AnswerQuestionInput, 'runId'>): Promise<QuestionView[]> {
  const { run, actor } = access;
  const [asked] = await database().select().from(runQuestions).where(and(eq(runQuestions.id, questionId), eq(runQuestions.runId, run.id)));
  if (!asked) throw new AnyonError('conflict', 'There is no such question in this run any more. Look at the run again.');
  if (asked.status === 'open') checkAnswer(asked, answer);
  const kept = await keepAnswer({ id: asked.id, runId: run.id, userId: actor.userId }, answer);
  await database().transaction(async (transaction) => {
    // First the run, as the worker does it.
    const [live] = await transaction.select({ status: runs.status, attempt: runs.attempt }).from(runs).where(eq(runs.id, run.id)).for('update');
    if (live && live.attempt === asked.attempt && !['starting', 'running', 'needs_you'].includes(live.status)) throw new AnyonError('conflict', 'The run is over or is being stopped, so Claude does not wait for this answer any more.');
    const answered = await transaction
      .update(runQuestions)
      .set({ ...kept, status: 'answered', answeredById: actor.userId, answeredAt: new Date() })
      .where(and(eq(runQuestions.id, asked.id), eq(runQuestions.status, 'open')))
      .returning({ id: runQuestions.id });
    if (answered.length === 0) throw await tooLate(transaction, asked.id);
    if (answer.kind === 'deny' && answer.stop) await askToStop(transaction, access);
  });
  return listQuestions(access);
}

async function tooLate(transaction: DatabaseOrTransaction, questionId: string): Promise<AnyonError> {
  const [found] = await transaction.select({ question: runQuestions, login: users.login }).from(runQuestions).leftJoin(users, eq(users.id, runQuestions.answeredById)).where(eq(runQuestions.id, questionId));
  if (!found) return new AnyonError('conflict', 'There is no such question in this run any more. Look at the run again.');
  return new AnyonError('conflict', reasonOf(found.question, found.login));
}

function reasonOf(question: QuestionRow, login: string | null): string {
  const answer = answerOf(question);
  if (question.status === 'withdrawn' || !answer) return `Nobody has to answer this any more. ${question.endedBecause ?? ''}`.trim();
  return `${login ?? 'Somebody'} has answered this already: ${answerInWords(question.kind, answer)}`;
}
