import { z } from 'zod';
import type { ChoiceQuestion } from '@/contract/question';

const optionSchema = z.object({ label: z.string(), description: z.string().nullish() });
const questionSchema = z.object({ question: z.string(), header: z.string().nullish(), multiSelect: z.boolean().nullish(), options: z.array(optionSchema).max(20).catch([]) });
const inputSchema = z.object({ questions: z.array(questionSchema).min(1).max(10) });

/** The questions of the tool AskUserQuestion; none when the input is something else. */
export function questionsIn(input: unknown): ChoiceQuestion[] {
  const { data } = inputSchema.safeParse(input);
  return (data?.questions ?? []).map(({ question, header, multiSelect, options }) => ({
    question,
    header: header ?? null,
    multiple: multiSelect ?? false,
    options: options.map(({ label, description }) => ({ label, description: description ?? null })),
  }));
}
