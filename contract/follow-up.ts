import { z } from 'zod';
import { permissionModeSchema, runLimitsSchema, runStatusSchema, startRunInput, type RunView } from '@/contract/run';

/** So many may wait in one conversation. */
export const MOST_FOLLOW_UPS = 50;

/** What has become of a follow-up: it waits, it became a run, or somebody took it back. */
export const followUpStatuses = ['waiting', 'started', 'cancelled'] as const;

/** A prompt for a conversation: it becomes a run in the same Claude session as soon as the run before it has succeeded. */
export const addFollowUpInput = z.strictObject({
  /** Any run of the conversation. */
  runId: z.uuid(),
  prompt: startRunInput.shape.prompt,
  /** Absent: as the run before it. */
  model: startRunInput.shape.model,
  permissionMode: permissionModeSchema.optional(),
  limits: runLimitsSchema.optional(),
  /** True: the run that is on is interrupted first, and this one comes before all others. */
  now: z.boolean().default(false),
});
export type AddFollowUpInput = z.output<typeof addFollowUpInput>;

export const followUpIdInput = z.strictObject({ runId: z.uuid(), followUpId: z.uuid() });
export type FollowUpIdInput = z.output<typeof followUpIdInput>;
export const changeFollowUpInput = followUpIdInput.extend({ prompt: startRunInput.shape.prompt });
export type ChangeFollowUpInput = z.output<typeof changeFollowUpInput>;
/** `before` null: to the end of the queue. */
export const moveFollowUpInput = followUpIdInput.extend({ before: z.uuid().nullable() });
export type MoveFollowUpInput = z.output<typeof moveFollowUpInput>;

/** A follow-up that waits, as the pages see it; in the order in which they are carried out. */
export const followUpViewSchema = z.object({
  id: z.uuid(),
  prompt: z.string(),
  model: z.string().nullable(),
  permissionMode: permissionModeSchema.nullable(),
  limits: runLimitsSchema.nullable(),
  createdAt: z.date(),
  createdBy: z.object({ id: z.uuid(), login: z.string() }),
  /** Why it does not start by itself, and what helps; null while nothing is in its way. */
  heldBecause: z.string().nullable(),
});
export type FollowUpView = z.infer<typeof followUpViewSchema>;

/** What waits in a conversation, and the run that it waits for. */
export const followUpQueueSchema = z.object({
  newestRun: z.object({ id: z.uuid(), number: z.number().int(), status: runStatusSchema }),
  waiting: z.array(followUpViewSchema),
});
export type FollowUpQueue = z.infer<typeof followUpQueueSchema>;

/** What became of a follow-up that was just added: `startedRun` is null when it waits for its turn. */
export interface AddedFollowUp {
  followUpId: string;
  startedRun: RunView | null;
}

/** Starts again from the beginning of an earlier run of a conversation: a new branch, worktree and Claude session that know all that was before it. */
export const retryRunInput = z.strictObject({
  runId: z.uuid(),
  /** Absent: the prompt of that run as it was. */
  prompt: startRunInput.shape.prompt.optional(),
  model: startRunInput.shape.model,
  permissionMode: permissionModeSchema.optional(),
});
export type RetryRunInput = z.output<typeof retryRunInput>;
