import { and, eq, isNull, ne, sql } from 'drizzle-orm';
import type { DatabaseOrTransaction } from '@/db/client';
import { runQuestions } from '@/db/schema';
import { resolveNeedAlert } from '@/server/runs/questions/need-alert';
import type { RunRow } from '@/server/runs/run-status';
import { plainWords } from '@/server/secrets/masked-text';

/** The process that asked is gone: open questions are withdrawn, and answers that it has not got never reach it. Part of the end of the attempt. */
export async function endQuestions(transaction: DatabaseOrTransaction, run: Pick<RunRow, 'id' | 'attempt'>): Promise<void> {
  const unsettled = and(isNull(runQuestions.deliveredAt), isNull(runQuestions.endedBecause), ne(runQuestions.status, 'withdrawn'));
  const ended = await transaction
    .update(runQuestions)
    .set({
      status: sql`case when ${runQuestions.status} = 'open' then 'withdrawn' else ${runQuestions.status} end`,
      endedBecause: plainWords('Claude Code ended before it had an answer.'),
      sealedAnswer: null,
    })
    .where(and(eq(runQuestions.runId, run.id), eq(runQuestions.attempt, run.attempt), unsettled))
    .returning({ id: runQuestions.id });
  if (ended.length > 0) await resolveNeedAlert(transaction, run.id);
}
