import { z } from 'zod';
import { variantMarkSchema } from '@/contract/variant-mark';

/** Every state a run can be in. The last five are final. `needs_you`: Claude waits for an answer. */
export const runStatuses = [
  'queued',
  'starting',
  'running',
  'needs_you',
  'parked',
  'stopping',
  'succeeded',
  'failed',
  'stopped',
  'interrupted',
  'lost',
] as const;
export const runStatusSchema = z.enum(runStatuses);
export type RunStatus = z.infer<typeof runStatusSchema>;

/** Why a parked run waits: for a Claude sign-in that works, for a GitHub sign-in that works, for the usage limit to reset, or for Claude's service to be reached again. */
export const parkReasons = ['claude_sign_in', 'github_sign_in', 'usage_limit', 'claude_unreachable'] as const;
export const parkReasonSchema = z.enum(parkReasons);
export type ParkReason = z.infer<typeof parkReasonSchema>;

const finalStatuses: ReadonlySet<RunStatus> = new Set(['succeeded', 'failed', 'stopped', 'interrupted', 'lost']);

/** True when nothing about the run changes any more. */
export function isFinal(status: RunStatus): boolean {
  return finalStatuses.has(status);
}

/**
 * What Claude may do without asking, by the CLI's own names. `bypassPermissions`: everything, for the container is the boundary. `acceptEdits`: change
 * files; it asks for the rest. `default`: it asks for whatever changes something. `plan`: it changes nothing and ends with a plan.
 */
export const permissionModes = ['bypassPermissions', 'acceptEdits', 'default', 'plan'] as const;
export const permissionModeSchema = z.enum(permissionModes);
export type PermissionMode = z.infer<typeof permissionModeSchema>;

export const startRunInput = z.object({
  workspaceId: z.uuid(),
  /** UTF-8, at most 256 KiB: it travels by file, not by argument. */
  prompt: z
    .string()
    .trim()
    .min(1, 'Say what Claude should do.')
    .max(256 * 1024, 'A prompt has at most 262,144 characters. Put longer material into the repository and refer to it.'),
  /** A full model id or an alias of the CLI; absent: the CLI's default. */
  model: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:[\]-]{0,99}$/, 'This is not a model name.').optional(),
  /** Absent: it asks for nothing. */
  permissionMode: permissionModeSchema.optional(),
  /** After so many turns (requests to the model) the run ends; absent: no limit. */
  maxTurns: z.number().int().min(1).max(1000).optional(),
  /** When the run has cost so much, in US dollars, it is ended; absent: no limit. */
  budgetUsd: z.number().positive().max(10_000).optional(),
});
export type StartRunInput = z.output<typeof startRunInput>;

/** Where a run is ended by itself; null: nowhere. */
export const runLimitsSchema = z.strictObject({ maxTurns: startRunInput.shape.maxTurns.unwrap().nullable(), budgetUsd: startRunInput.shape.budgetUsd.unwrap().nullable() });
export type RunLimits = z.infer<typeof runLimitsSchema>;

export const reachedLimits = ['turns', 'budget'] as const;
export const reachedLimitSchema = z.enum(reachedLimits);
export type ReachedLimit = z.infer<typeof reachedLimitSchema>;

/** Goes on with a run that has ended, in the same Claude session and worktree, with more memory for the workspace where wanted. */
export const resumeRunInput = z.object({
  runId: z.uuid(),
  /** Absent: "Go on where you stopped." */
  prompt: startRunInput.shape.prompt.optional(),
  /** The workspace's new memory limit; applies at once. */
  memoryBytes: z.number().int().positive().optional(),
  /** The limits of the new run, and of what follows in the conversation; absent: those of the run before, as much again. */
  limits: runLimitsSchema.optional(),
});
export type ResumeRunInput = z.output<typeof resumeRunInput>;

/** Files of a conversation that retention has put into a checkpoint, or is about to. */
export const worktreePlaceStates = ['there', 'leaving', 'away', 'coming'] as const;
export const filesAwaySchema = z.object({
  state: z.enum(worktreePlaceStates).exclude(['there']),
  since: z.coerce.date(),
  /** The rule by which they went. */
  because: z.string(),
  /** Why they could not be brought back. */
  problem: z.string().nullable(),
});
export type FilesAway = z.infer<typeof filesAwaySchema>;

export const keepRunInput = z.strictObject({ runId: z.uuid(), kept: z.boolean() });

export const runIdInput = z.object({ runId: z.uuid() });
export const listRunsInput = z.object({
  workspaceId: z.uuid(),
  limit: z.number().int().min(1).max(101).default(50),
  archived: z.boolean().default(false),
  /** Only those with a smaller number than this. */
  before: z.number().int().min(1).optional(),
});

/** Tokens as billed, de-duplicated by message id; cost in US dollars as the CLI reports it, null when unknown. */
export const runUsageSchema = z.object({
  inputTokens: z.number().int(),
  outputTokens: z.number().int(),
  cacheReadTokens: z.number().int(),
  cacheWriteTokens: z.number().int(),
  costUsd: z.number().nullable(),
  turns: z.number().int().nullable(),
});
export type RunUsage = z.infer<typeof runUsageSchema>;

export const changedFileSchema = z.object({
  path: z.string(),
  status: z.string(),
  additions: z.number().int().nullable(),
  deletions: z.number().int().nullable(),
});
export type ChangedFile = z.infer<typeof changedFileSchema>;

/** A run as the API and the pages see it. */
export const runViewSchema = z.object({
  id: z.uuid(),
  workspaceId: z.uuid(),
  /** Counts up from 1 within the workspace. */
  number: z.number().int(),
  prompt: z.string(),
  /** Parts of the prompt were masked: Claude was told others than stand here. */
  promptMasked: z.boolean(),
  status: runStatusSchema,
  statusReason: z.string().nullable(),
  statusSince: z.date(),
  nextStep: z.string().nullable(),
  /** Set while it is parked. */
  parkedFor: parkReasonSchema.nullable(),
  /** When it goes on by itself; null when that depends on a sign-in. */
  parkedUntil: z.date().nullable(),
  /** Counts up from 1: how often Claude Code was started for it. */
  attempt: z.number().int(),
  branch: z.string(),
  baseCommit: z.string().nullable(),
  model: z.string().nullable(),
  claudeSessionId: z.uuid(),
  /** The run whose Claude session and worktree this one goes on with. */
  resumesRunId: z.uuid().nullable(),
  /** The run from whose beginning this one was started again with a conversation of its own. */
  retriesRunId: z.uuid().nullable(),
  permissionMode: permissionModeSchema,
  maxTurns: z.number().int().nullable(),
  budgetUsd: z.number().nullable(),
  /** Which of both a failed run has come to; null: it has failed for another reason, or has not. */
  limitReached: reachedLimitSchema.nullable(),
  /** True when the built-in simulator answers instead of Claude. */
  simulated: z.boolean(),
  createdAt: z.date(),
  startedAt: z.date().nullable(),
  firstOutputAt: z.date().nullable(),
  finishedAt: z.date().nullable(),
  exitCode: z.number().int().nullable(),
  exitSignal: z.string().nullable(),
  outOfMemory: z.boolean(),
  /** Bytes of masked output so far / in the end. */
  outBytes: z.number().int(),
  errBytes: z.number().int(),
  /** True when the output file was shortened or replaced while the run was on; what had been read is kept. */
  logTampered: z.boolean(),
  usage: runUsageSchema,
  /** Claude's last words (the result line), null before the end. */
  resultText: z.string().nullable(),
  /** Claude's last sentence so far, at most 300 characters. */
  lastSaid: z.string().nullable(),
  changedFiles: z.array(changedFileSchema),
  diffTruncated: z.boolean(),
  /** Null for a run that is none of several tries of one prompt. */
  variant: variantMarkSchema.nullable(),
  /** Somebody has said that retention leaves its conversation alone. */
  keptAt: z.date().nullable(),
  /** Set when its log, or its conversation and diff, were removed, and by which rule. */
  logRemovedAt: z.date().nullable(),
  logRemovedBecause: z.string().nullable(),
  detailsRemovedAt: z.date().nullable(),
  detailsRemovedBecause: z.string().nullable(),
  /** Null where the files of its conversation are in their place. */
  filesAway: filesAwaySchema.nullable(),
});
export type RunView = z.infer<typeof runViewSchema>;
