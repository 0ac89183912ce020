import { z } from 'zod';
import { permissionModeSchema, startRunInput } from '@/contract/run';

/** A prompt that starts by itself again and again. */
export const scheduleFieldsSchema = z.strictObject({
  workspaceId: z.uuid(),
  name: z.string().trim().min(1, 'Give it a name.').max(64, 'A name has at most 64 characters.'),
  prompt: startRunInput.shape.prompt,
  /** Five fields as crontab has them: minute, hour, day of month, month, day of week. */
  pattern: z.string().trim().min(1, 'Say when.').max(100, 'This pattern is too long.'),
  /** An IANA name. */
  timezone: z.string().trim().min(1).max(64),
  model: startRunInput.shape.model,
  permissionMode: permissionModeSchema.optional(),
  maxTurns: startRunInput.shape.maxTurns,
  budgetUsd: startRunInput.shape.budgetUsd,
  /** True: a stopped workspace is started for it. */
  startsWorkspace: z.boolean().default(true),
});
export type ScheduleFields = z.output<typeof scheduleFieldsSchema>;

export const scheduleIdInput = z.strictObject({ scheduleId: z.uuid() });
export const changeScheduleInput = scheduleFieldsSchema.omit({ workspaceId: true }).extend({ scheduleId: z.uuid() });
export const switchScheduleInput = scheduleIdInput.extend({ enabled: z.boolean() });
export const previewScheduleInput = scheduleFieldsSchema.pick({ pattern: true, timezone: true });

/** What a pattern means: in which moments it starts next, or what is wrong with it. */
export type SchedulePreview = { next: Date[]; problem: null } | { next: []; problem: string };

export const scheduleViewSchema = z.object({
  id: z.uuid(),
  workspace: z.object({ id: z.uuid(), name: z.string() }),
  owner: z.object({ id: z.uuid(), login: z.string() }),
  name: z.string(),
  prompt: z.string(),
  pattern: z.string(),
  timezone: z.string(),
  model: z.string().nullable(),
  permissionMode: permissionModeSchema,
  maxTurns: z.number().int().nullable(),
  budgetUsd: z.number().nullable(),
  startsWorkspace: z.boolean(),
  enabled: z.boolean(),
  /** Null while it is switched off. */
  nextRunAt: z.date().nullable(),
  /** Set while its time has come and it waits for its workspace. */
  dueSince: z.date().nullable(),
  lastRun: z.object({ id: z.uuid(), number: z.number().int(), at: z.date() }).nullable(),
  /** Why the last time came to nothing; null when it became a run. */
  lastProblem: z.string().nullable(),
});
export type ScheduleView = z.infer<typeof scheduleViewSchema>;
