import { z } from 'zod';

/** `permission`: may Claude use this tool with this input? `plan`: shall it carry out this plan? `choice`: the CLI's own questions with options (AskUserQuestion). */
export const questionKinds = ['permission', 'plan', 'choice'] as const;
export const questionStatuses = ['open', 'answered', 'withdrawn'] as const;

/** One question of a `choice`; options as the CLI wrote them. */
export const choiceQuestionSchema = z.object({
  question: z.string(),
  header: z.string().nullable(),
  multiple: z.boolean(),
  options: z.array(z.object({ label: z.string(), description: z.string().nullable() })),
});
export type ChoiceQuestion = z.infer<typeof choiceQuestionSchema>;

/** A question of Claude's, as the pages see it. All of it went through masking. */
export const questionViewSchema = z.object({
  id: z.uuid(),
  runId: z.uuid(),
  kind: z.enum(questionKinds),
  status: z.enum(questionStatuses),
  toolName: z.string(),
  toolUseId: z.string().nullable(),
  /** The tool's input; kept as it came where it is no object. */
  input: z.unknown(),
  /** `choice` only. */
  choices: z.array(choiceQuestionSchema),
  /** True when Claude may be told not to ask again for this kind of thing in this run. */
  mayAllowAlways: z.boolean(),
  /** Where it stands in the log. */
  offset: z.number().int(),
  askedAt: z.date(),
  answeredAt: z.date().nullable(),
  answeredBy: z.object({ id: z.uuid(), login: z.string() }).nullable(),
  /** In words what was answered; null while open. */
  answerInWords: z.string().nullable(),
});
export type QuestionView = z.infer<typeof questionViewSchema>;

const words = z.string().trim().max(16 * 1024, 'An answer has at most 16,384 characters.');

export const answerQuestionInput = z.strictObject({
  runId: z.uuid(),
  questionId: z.uuid(),
  answer: z.discriminatedUnion('kind', [
    /** `always`: this kind of thing is allowed for the rest of the run. `input`: the tool is used with this input instead, as JSON text. */
    z.strictObject({ kind: z.literal('allow'), always: z.boolean().default(false), input: z.string().max(256 * 1024).optional() }),
    /** `words` are told to Claude, which goes on without the tool; with `stop` it ends its turn. */
    z.strictObject({ kind: z.literal('deny'), words: words.optional(), stop: z.boolean().default(false) }),
    /** For each question in order: the labels that were chosen, or words of one's own. */
    z.strictObject({ kind: z.literal('choose'), chosen: z.array(z.array(words.min(1)).max(20)).min(1).max(10) }),
  ]),
});
export type AnswerQuestionInput = z.output<typeof answerQuestionInput>;
