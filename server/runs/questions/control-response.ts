import type { QuestionView } from '@/contract/question';
import { alwaysRules, modeAfterPlan } from '@/server/runs/questions/always-rules';
import { questionsIn } from '@/server/runs/questions/choice-questions';
import type { StoredAnswer } from '@/server/runs/questions/question-row';

export interface AskedQuestion {
  kind: QuestionView['kind'];
  requestId: string;
  /** As Claude wrote it. */
  input: unknown;
  suggestions: readonly unknown[];
}

/**
 * The line that gives the CLI its answer. An allowed tool gets its input back: versions before 2.1.3 refuse an answer without one. The CLI
 * passes over an answer to a request that is settled, so the same one may be said twice (driven with 2.0.31, 2.1.112 and 2.1.329).
 */
export function controlResponse(asked: AskedQuestion, answer: StoredAnswer): object {
  const { requestId } = asked;
  if (answer.kind === 'unknown') return { type: 'control_response', response: { subtype: 'error', request_id: requestId, error: 'Anyon does not know this kind of request.' } };
  return { type: 'control_response', response: { subtype: 'success', request_id: requestId, response: decision(asked, answer) } };
}

function decision(asked: AskedQuestion, answer: Exclude<StoredAnswer, { kind: 'unknown' }>): object {
  switch (answer.kind) {
    case 'automatic':
      return { behavior: 'allow', updatedInput: asked.input };
    case 'choose':
      return { behavior: 'allow', updatedInput: { ...(asked.input as object), answers: answersTo(asked.input, answer.chosen) } };
    case 'deny':
      return { behavior: 'deny', message: refusal(asked.kind, answer.words), ...(answer.stop && { interrupt: true }) };
    case 'allow': {
      const updatedInput: unknown = answer.input === undefined ? asked.input : JSON.parse(answer.input);
      if (asked.kind === 'plan') return { behavior: 'allow', updatedInput, updatedPermissions: [modeAfterPlan(answer.mode ?? 'acceptEdits')] };
      const updatedPermissions = answer.always ? alwaysRules(asked.suggestions) : [];
      return { behavior: 'allow', updatedInput, ...(updatedPermissions.length > 0 && { updatedPermissions }) };
    }
  }
}

/** By the text of each question, several labels joined: what the CLI's own dialogue makes of a choice. */
function answersTo(input: unknown, chosen: readonly (readonly string[])[]): Record<string, string> {
  return Object.fromEntries(questionsIn(input).map(({ question }, index) => [question, (chosen[index] ?? []).join(', ')]));
}

function refusal(kind: QuestionView['kind'], words: string | undefined): string {
  if (kind === 'plan') return words ? `The plan is not approved yet. Keep planning: ${words}` : 'The plan is not approved yet. Keep planning.';
  if (kind === 'choice') return words ? `The question is not answered by a choice: ${words}` : 'The person does not want to answer this. Decide yourself, or leave it.';
  return words || 'The person does not allow this. Do it in another way, or go on without it.';
}
