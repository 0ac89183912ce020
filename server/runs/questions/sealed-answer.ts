import type { AnswerQuestionInput } from '@/contract/question';
import { jsonOf } from '@/server/runs/questions/control-lines';
import { maskedJson } from '@/server/runs/questions/masked-json';
import { storedAnswerSchema, type QuestionRow, type StoredAnswer } from '@/server/runs/questions/question-row';
import { personMasker } from '@/server/secrets/person-masker';
import { runMasker } from '@/server/secrets/run-masker';
import { ANSWER_PURPOSE } from '@/server/secrets/sealed-places';
import { openText, sealText } from '@/server/secrets/vault';

/** An answer as its row keeps it: masked; where that changed something, the real one is sealed beside it until Claude has it. */
export async function keepAnswer(question: { id: string; runId: string; userId: string }, answer: AnswerQuestionInput['answer']): Promise<Pick<QuestionRow, 'answer' | 'sealedAnswer'>> {
  const plain = JSON.stringify(answer);
  const theirs = maskedJson(await personMasker(question.userId), answer);
  const masked = maskedJson(await runMasker(question.runId), jsonOf(theirs));
  return { answer: jsonOf(masked), sealedAnswer: masked === plain ? null : sealText(plain, ANSWER_PURPOSE, question.id) };
}

/** What Claude is told: the answer as it was given. For the delivery only; nothing of it is stored or sent. */
export function answerToDeliver(question: Pick<QuestionRow, 'id' | 'answer' | 'sealedAnswer'>): StoredAnswer {
  return storedAnswerSchema.parse(question.sealedAnswer === null ? question.answer : JSON.parse(openText(question.sealedAnswer, ANSWER_PURPOSE, question.id)));
}
