import type { AnswerQuestionInput } from '@/contract/question';
import { AnyonError } from '@/server/errors';
import { alwaysRules } from '@/server/runs/questions/always-rules';
import { questionsIn } from '@/server/runs/questions/choice-questions';
import { jsonOf } from '@/server/runs/questions/control-lines';
import { suggestionsOf } from '@/server/runs/questions/original-request';
import type { QuestionRow } from '@/server/runs/questions/question-row';

/** Throws `invalid` when the answer does not fit the question. */
export function checkAnswer(question: Pick<QuestionRow, 'kind' | 'input' | 'isCut' | 'suggestions'>, answer: AnswerQuestionInput['answer']): void {
  const { kind } = question;
  if (answer.kind === 'deny') return;
  if (question.isCut) throw new AnyonError('invalid', 'This is too large to be seen whole, so it cannot be allowed. Deny it and say what Claude shall do instead, such as doing it in smaller pieces.');
  if (answer.kind === 'choose') {
    if (kind !== 'choice') throw new AnyonError('invalid', 'There is nothing to choose here: allow it or deny it.');
    const choices = questionsIn(jsonOf(question.input));
    if (answer.chosen.length !== choices.length || answer.chosen.some((labels) => labels.length === 0)) throw new AnyonError('invalid', 'Answer each of the questions.');
    if (choices.some(({ multiple }, index) => !multiple && (answer.chosen[index]?.length ?? 0) > 1)) throw new AnyonError('invalid', 'Of this question only one answer can be chosen.');
    return;
  }
  if (kind === 'choice') throw new AnyonError('invalid', 'Choose an answer to each question, or say in words that you do not.');
  if (answer.mode !== undefined && kind !== 'plan') throw new AnyonError('invalid', 'Only with a plan it is said how Claude goes on.');
  if (answer.always && (kind !== 'permission' || alwaysRules(suggestionsOf(question)).length === 0)) throw new AnyonError('invalid', 'This cannot be allowed for the rest of the run. Allow it once.');
  if (answer.input !== undefined) checkInput(question, answer.input);
}

/** Stars that stand for a secret would be used as they are. */
function checkInput({ kind, input: shown }: Pick<QuestionRow, 'kind' | 'input'>, input: string): void {
  if (kind !== 'permission') throw new AnyonError('invalid', 'This cannot be changed. Say in words what you want instead.');
  const changed = jsonOf(input);
  if (typeof changed !== 'object' || changed === null || Array.isArray(changed)) throw new AnyonError('invalid', 'The input is not a JSON object. Correct it, or allow the tool as Claude wants to use it.');
  if (shown.includes('***') && input.includes('***')) throw new AnyonError('invalid', 'A part of this input is masked, so it cannot be changed here. Allow it as it is, or deny it and say what you want instead.');
}
