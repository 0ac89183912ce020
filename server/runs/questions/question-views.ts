import { and, desc, eq, ne, or, sql } from 'drizzle-orm';
import type { QuestionView } from '@/contract/question';
import { builtOnce } from '@/db/built-once';
import { runQuestions, users } from '@/db/schema';
import { database } from '@/server/database';
import type { RunAccess } from '@/server/runs/access';
import { alwaysInWords } from '@/server/runs/questions/always-rules';
import { questionsIn } from '@/server/runs/questions/choice-questions';
import { jsonOf } from '@/server/runs/questions/control-lines';
import { suggestionsOf } from '@/server/runs/questions/original-request';
import { answerOf, type QuestionRow } from '@/server/runs/questions/question-row';
import { answerInWords } from '@/server/runs/questions/question-words';

/** Of a run with thousands of questions the newest are enough. */
const MOST = 200;

/** What Claude has asked in this run: what waits for an answer first, in the order in which it was asked; then the rest, newest first. */
export async function listQuestions({ run }: RunAccess): Promise<QuestionView[]> {
  const rows = await questionsAsked(database()).execute({ runId: run.id });
  return rows.map(({ question, login }) => toView(question, login));
}

const saidByItself = sql`${runQuestions.answer} ->> 'kind' = 'automatic'`;
const questionsAsked = builtOnce('questions_of_run', (db) =>
  db
    .select({ question: runQuestions, login: users.login })
    .from(runQuestions)
    .leftJoin(users, eq(users.id, runQuestions.answeredById))
    .where(and(eq(runQuestions.runId, sql.placeholder('runId')), or(ne(runQuestions.status, 'answered'), sql`not ${saidByItself}`)))
    .orderBy(sql`${runQuestions.status} = 'open' desc`, sql`case when ${runQuestions.status} = 'open' then ${runQuestions.offset} end`, desc(runQuestions.offset))
    .limit(MOST),
);

function toView(row: QuestionRow, login: string | null): QuestionView {
  const parsed = jsonOf(row.input);
  return {
    id: row.id,
    runId: row.runId,
    kind: row.kind,
    status: row.status,
    toolName: row.toolName,
    toolUseId: row.toolUseId,
    input: parsed ?? row.input,
    choices: row.kind === 'choice' ? questionsIn(parsed) : [],
    alwaysInWords: row.kind === 'permission' ? alwaysInWords(suggestionsOf(row)) : null,
    isCut: row.isCut,
    hasMasked: row.input.includes('***'),
    offset: row.offset,
    askedAt: row.askedAt,
    answeredAt: row.answeredAt,
    answeredBy: row.answeredById === null ? null : { id: row.answeredById, login: login ?? 'somebody' },
    answerInWords: inWords(row),
    delivery: deliveryOf(row),
  };
}

function inWords(row: QuestionRow): string | null {
  const answer = answerOf(row);
  if (row.status === 'open') return null;
  return row.status === 'withdrawn' || !answer ? row.endedBecause : answerInWords(row.kind, answer);
}

function deliveryOf(row: QuestionRow): QuestionView['delivery'] {
  if (row.status !== 'answered') return null;
  if (row.deliveredAt) return 'delivered';
  return row.endedBecause === null ? 'waiting' : 'lost';
}
