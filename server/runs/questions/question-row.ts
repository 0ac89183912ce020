import { z } from 'zod';
import { answerQuestionInput } from '@/contract/question';
import type { runQuestions } from '@/db/schema';

export type QuestionRow = typeof runQuestions.$inferSelect;

/** What stands in `answer`: a person's, or what Anyon said by itself: `automatic` because a plan was approved on these terms, `unknown` to what it does not know. */
export const storedAnswerSchema = z.union([answerQuestionInput.shape.answer, z.strictObject({ kind: z.literal('automatic') }), z.strictObject({ kind: z.literal('unknown') })]);
export type StoredAnswer = z.output<typeof storedAnswerSchema>;

/** The answer as the pages may see it; null when there is none. */
export function answerOf(row: Pick<QuestionRow, 'answer'>): StoredAnswer | null {
  return storedAnswerSchema.safeParse(row.answer).data ?? null;
}
