import { z } from 'zod';
import { permissionModeSchema } from '@/contract/run';

/**
 * `permission`: may Claude use this tool with this input? `plan`: shall it carry out this plan? `choice`: the CLI's own questions with options
 * (AskUserQuestion). `other`: something that this version of Anyon does not know; it is told so by itself, no person is asked.
 */
export const questionKinds = ['permission', 'plan', 'choice', 'other'] as const;
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
  /** What Claude could be told not to ask again for in this run, in words; null when it cannot. */
  alwaysInWords: z.string().nullable(),
  /** True when something in the input is masked: then it can be allowed as it is, but not changed. */
  hasMasked: z.boolean(),
  /** True when the input is too large: this is its beginning, and it can only be denied. */
  isCut: z.boolean(),
  /** Where it stands in the log. */
  offset: z.number().int(),
  askedAt: z.date(),
  answeredAt: z.date().nullable(),
  answeredBy: z.object({ id: z.uuid(), login: z.string() }).nullable(),
  /** In words what was answered, or why nobody has to answer any more; null while open. */
  answerInWords: z.string().nullable(),
  /** `waiting`: the answer is on its way to Claude. `lost`: Claude had gone before it came. Null while open. */
  delivery: z.enum(['waiting', 'delivered', 'lost']).nullable(),
});
export type QuestionView = z.infer<typeof questionViewSchema>;

export const listQuestionsInput = z.strictObject({ runId: z.uuid() });

const words = z.string().trim().max(16 * 1024, 'An answer has at most 16,384 characters.');

export const answerQuestionInput = z.strictObject({
  runId: z.uuid(),
  questionId: z.uuid(),
  answer: z.discriminatedUnion('kind', [
    /**
     * `always`: this kind of thing is allowed for the rest of the run. `input`: the tool is used with this input instead, as JSON text. `mode`: how
     * it goes on when a plan is approved; absent: it may change files and asks for the rest.
     */
    z.strictObject({ kind: z.literal('allow'), always: z.boolean().default(false), input: z.string().max(256 * 1024).optional(), mode: permissionModeSchema.exclude(['plan']).optional() }),
    /** `words` are told to Claude, which goes on without the tool; with `stop` the run is stopped instead. */
    z.strictObject({ kind: z.literal('deny'), words: words.optional(), stop: z.boolean().default(false) }),
    /** For each question in order: the labels that were chosen, or words of one's own. */
    z.strictObject({ kind: z.literal('choose'), chosen: z.array(z.array(words.min(1)).max(20)).min(1).max(10) }),
  ]),
});
export type AnswerQuestionInput = z.output<typeof answerQuestionInput>;
