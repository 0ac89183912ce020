import { z } from 'zod';
import { runStatusSchema, runUsageSchema, parkReasonSchema, startRunInput } from '@/contract/run';

export const MOST_VARIANTS = 5;
export const DEFAULT_CHECK_MINUTES = 10;

/** How the check of a variant stands. The last four are final; a run that follows in the conversation begins again at `waiting`. */
export const checkStates = ['waiting', 'running', 'passed', 'failed', 'timed_out', 'could_not_run'] as const;
export type CheckState = (typeof checkStates)[number];

/** Where the files of a variant are: in their worktree, on the way out of it into a checkpoint, there alone, or on the way back. */
export const worktreeStates = ['there', 'leaving', 'away', 'coming'] as const;

const checkFields = {
  /** Run in the worktree of each variant when its run has succeeded; absent: nothing is. */
  checkCommand: z.string().trim().min(1).max(8 * 1024, 'A check has at most 8,192 characters. Put a longer one into the repository as a script.').optional(),
  /** A check that takes longer is ended. */
  checkMinutes: z.number().int().min(1).max(60).default(DEFAULT_CHECK_MINUTES),
};

/** One prompt, tried several times at once. */
export const startVariantsInput = z.strictObject({
  ...startRunInput.omit({ model: true }).shape,
  /** One entry for each variant: its model, or null for the CLI's default. */
  models: z.array(startRunInput.shape.model.unwrap().nullable()).min(2, 'One variant is an ordinary run.').max(MOST_VARIANTS, `At most ${MOST_VARIANTS} variants at once.`),
  ...checkFields,
});
export type StartVariantsInput = z.output<typeof startVariantsInput>;

export const variantGroupInput = z.strictObject({ groupId: z.uuid() });
/** A variant is known by the run with which it began. */
export const variantInput = z.strictObject({ groupId: z.uuid(), runId: z.uuid() });

/** What was checked last in a workspace: proposed for the next time. */
export const lastCheckSchema = z.object({ checkCommand: z.string(), checkMinutes: z.number().int() });
export type LastCheck = z.infer<typeof lastCheckSchema>;

export const variantCheckSchema = z.object({
  state: z.enum(checkStates),
  since: z.date(),
  /** Why it waits, or could not be run. */
  reason: z.string().nullable(),
  exitCode: z.number().int().nullable(),
  milliseconds: z.number().int().nullable(),
  /** The end of what it said, masked. */
  output: z.string().nullable(),
});
export type VariantCheck = z.infer<typeof variantCheckSchema>;

/** One variant: its conversation, from where it began to its newest end. */
export const variantViewSchema = z.object({
  /** The run with which it began. */
  runId: z.uuid(),
  position: z.number().int(),
  /** The model that was asked for, or that Claude Code says it uses. */
  model: z.string().nullable(),
  branch: z.string(),
  /** The newest run of its conversation. */
  newest: z.object({
    id: z.uuid(),
    number: z.number().int(),
    status: runStatusSchema,
    statusReason: z.string().nullable(),
    statusSince: z.date(),
    nextStep: z.string().nullable(),
    parkedFor: parkReasonSchema.nullable(),
    parkedUntil: z.date().nullable(),
    createdAt: z.date(),
    startedAt: z.date().nullable(),
    finishedAt: z.date().nullable(),
  }),
  /** Runs of its conversation: 1, and one for each follow-up. */
  runs: z.number().int(),
  /** The end of what Claude said, of the newest run that has said anything. */
  said: z.string().nullable(),
  /** Of all its runs together. */
  usage: runUsageSchema,
  /** Time in which its runs were at work; of a run that is, until its newest start. */
  workedMs: z.number().int(),
  /** Since when its newest run is at work; null when it is not. */
  workingSince: z.date().nullable(),
  /** From its beginning to its newest end; null before the first. */
  changes: z.object({ files: z.number().int(), additions: z.number().int(), deletions: z.number().int(), truncated: z.boolean() }).nullable(),
  /** Null when nothing is checked in this group. */
  check: variantCheckSchema.nullable(),
  archivedAt: z.date().nullable(),
  worktree: z.enum(worktreeStates),
  /** Why its files could not be put away or brought back. */
  worktreeProblem: z.string().nullable(),
});
export type VariantView = z.infer<typeof variantViewSchema>;

export const variantGroupSchema = z.object({
  id: z.uuid(),
  workspaceId: z.uuid(),
  workspaceName: z.string(),
  workspaceStatus: z.string(),
  prompt: z.string(),
  createdAt: z.date(),
  createdBy: z.string(),
  checkCommand: z.string().nullable(),
  checkMinutes: z.number().int(),
  chosen: z.object({ runId: z.uuid(), at: z.date(), by: z.string() }).nullable(),
  variants: z.array(variantViewSchema),
});
export type VariantGroup = z.infer<typeof variantGroupSchema>;
