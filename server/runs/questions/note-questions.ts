import { and, eq, inArray, isNull } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { QuestionView } from '@/contract/question';
import type { RunEventLine } from '@/contract/run-event';
import type { DatabaseOrTransaction } from '@/db/client';
import { runQuestions, runs } from '@/db/schema';
import { questionsIn } from '@/server/runs/questions/choice-questions';
import { asAsked, cancelsIn, requestsIn, settledToolUsesIn, type ControlRequest } from '@/server/runs/questions/control-lines';
import { followNeed, unsettledQuestions } from '@/server/runs/questions/follow-need';
import { maskedJson } from '@/server/runs/questions/masked-json';
import { tellOfQuestion } from '@/server/runs/questions/question-news';
import { answerOf, type StoredAnswer } from '@/server/runs/questions/question-row';
import type { RunRow } from '@/server/runs/run-status';
import { maskTokens, plainWords } from '@/server/secrets/masked-text';
import { runMasker } from '@/server/secrets/run-masker';

const noticedKinds: ReadonlySet<string> = new Set(['control_request', 'control_cancel_request', 'user']);

/** False only when `noteQuestions` has nothing to do with these lines. */
export function mayConcernQuestions(lines: readonly RunEventLine[]): boolean {
  return lines.some(mayConcern);
}

function mayConcern({ kind, head }: RunEventLine): boolean {
  return noticedKinds.has(kind) || head !== undefined;
}

/** Writes down what Claude asks in these lines and moves the run to `needs_you`; in the transaction that stores the lines, so that no question is lost or asked twice. */
export async function noteQuestions(transaction: DatabaseOrTransaction, run: Pick<RunRow, 'id' | 'fence'>, lines: readonly RunEventLine[]): Promise<void> {
  const noticed = lines.filter(mayConcern).map(asAsked);
  if (noticed.length === 0) return;
  const requests = requestsIn(noticed);
  const [row] = await transaction.select({ id: runs.id, fence: runs.fence, attempt: runs.attempt }).from(runs).where(eq(runs.id, run.id));
  if (!row) return;
  if (requests.length > 0) await addQuestions(transaction, row, requests);
  else if ((await unsettledQuestions(transaction, row)).length === 0) return;
  await settleBy(transaction, row, { cancelled: cancelsIn(noticed), settled: settledToolUsesIn(noticed) });
  await followNeed(transaction, row);
  tellOfQuestion(run.id);
}

async function addQuestions(transaction: DatabaseOrTransaction, run: Pick<RunRow, 'id' | 'attempt'>, requests: readonly ControlRequest[]): Promise<void> {
  const masker = await runMasker(run.id);
  const askNothing = await mayGoOnWithoutAsking(transaction, run);
  for (const request of requests) {
    const kind = kindOf(request);
    const answer = automaticAnswer(kind, request.isCut, askNothing);
    await transaction
      .insert(runQuestions)
      .values({
        id: uuidv7(),
        runId: run.id,
        attempt: run.attempt,
        requestId: masker.maskText(request.requestId),
        kind,
        toolName: masker.maskText(request.toolName),
        toolUseId: request.toolUseId === null ? null : masker.maskText(request.toolUseId),
        input: maskedJson(masker, request.input),
        isCut: request.isCut,
        suggestions: request.suggestions.length === 0 ? null : maskedJson(masker, request.suggestions),
        offset: request.offset,
        ...(answer && { status: 'answered', answer, answeredAt: new Date(), answeredById: askNothing }),
      })
      .onConflictDoNothing();
  }
}

function kindOf({ subtype, toolName, input, isCut }: ControlRequest): QuestionView['kind'] {
  if (subtype !== 'can_use_tool') return 'other';
  if (toolName === 'ExitPlanMode') return 'plan';
  return toolName === 'AskUserQuestion' && !isCut && questionsIn(input).length > 0 ? 'choice' : 'permission';
}

function automaticAnswer(kind: QuestionView['kind'], isCut: boolean, askNothing: string | null): StoredAnswer | null {
  if (kind === 'other') return { kind: 'unknown' };
  if (kind !== 'permission' || askNothing === null) return null;
  return isCut ? { kind: 'deny', words: 'This is larger than 1 MB and cannot be allowed. Do it in smaller pieces.', stop: false } : { kind: 'automatic' };
}

/** Who has approved a plan of this attempt with the words that nothing more shall be asked; null when nobody has. */
async function mayGoOnWithoutAsking(transaction: DatabaseOrTransaction, run: Pick<RunRow, 'id' | 'attempt'>): Promise<string | null> {
  const plans = await transaction
    .select()
    .from(runQuestions)
    .where(and(eq(runQuestions.runId, run.id), eq(runQuestions.attempt, run.attempt), eq(runQuestions.kind, 'plan'), eq(runQuestions.status, 'answered')));
  const approved = plans.find((plan) => {
    const answer = answerOf(plan);
    return answer?.kind === 'allow' && answer.mode === 'bypassPermissions';
  });
  return approved?.answeredById ?? null;
}

/** What the stream says about questions that are unsettled: taken back, or the tool has its result, so that Claude must have had the answer. */
async function settleBy(transaction: DatabaseOrTransaction, run: Pick<RunRow, 'id' | 'attempt'>, { cancelled, settled }: { cancelled: string[]; settled: string[] }): Promise<void> {
  const of = (status: 'open' | 'answered') => and(eq(runQuestions.runId, run.id), eq(runQuestions.attempt, run.attempt), eq(runQuestions.status, status), isNull(runQuestions.deliveredAt), isNull(runQuestions.endedBecause));
  const gone = { endedBecause: plainWords('Claude took the question back before it had an answer.'), sealedAnswer: null };
  if (cancelled.length > 0) {
    const those = inArray(runQuestions.requestId, cancelled.map((id) => maskTokens(id)));
    await transaction.update(runQuestions).set({ ...gone, status: 'withdrawn' }).where(and(of('open'), those));
    await transaction.update(runQuestions).set(gone).where(and(of('answered'), those));
  }
  if (settled.length > 0) {
    const those = inArray(runQuestions.toolUseId, settled.map((id) => maskTokens(id)));
    await transaction.update(runQuestions).set({ ...gone, endedBecause: plainWords('Claude went on without an answer.'), status: 'withdrawn' }).where(and(of('open'), those));
    await transaction.update(runQuestions).set({ deliveredAt: new Date(), sealedAnswer: null }).where(and(of('answered'), those));
  }
}
