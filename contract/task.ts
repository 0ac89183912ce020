import { z } from 'zod';
import { errorClassSchema } from '@/contract/recovery';

/** What can be asked of a workspace in the background. `sync` compares it with the engine and puts it right. */
export const taskKinds = ['create', 'start', 'stop', 'restart', 'delete', 'archive', 'sync'] as const;
export const taskKindSchema = z.enum(taskKinds);
export type TaskKind = z.infer<typeof taskKindSchema>;

/**
 * queued · running · waiting (for memory or disk, or for the engine to answer) · retrying (after a failed attempt, until `retryAt`); final: succeeded ·
 * failed · parked (it killed its worker three times) · superseded (a later task took its place) · cancelled.
 */
export const taskStatuses = ['queued', 'running', 'waiting', 'retrying', 'succeeded', 'failed', 'parked', 'superseded', 'cancelled'] as const;
export const taskStatusSchema = z.enum(taskStatuses);
export type TaskStatus = z.infer<typeof taskStatusSchema>;

const finalTaskStatuses: ReadonlySet<TaskStatus> = new Set(['succeeded', 'failed', 'parked', 'superseded', 'cancelled']);

/** Those in which something still happens by itself. */
export const openTaskStatuses = ['queued', 'running', 'waiting', 'retrying'] as const satisfies readonly TaskStatus[];

/** True when nothing about the task changes any more. */
export function isFinalTask(status: TaskStatus): boolean {
  return finalTaskStatuses.has(status);
}

/** How a kind of task is carried out. */
export interface TaskRule {
  /** The attempt is given up when it makes no progress for so long (cloning and set-up report progress). */
  timeoutSeconds: number;
  /** Further attempts after the first. */
  retries: number;
  /** Pause before the first retry; doubles, with jitter, up to 60 s. */
  backoffSeconds: number;
  /** Higher goes first: what frees resources goes before what takes them. */
  priority: number;
}

export const taskRules: Readonly<Record<TaskKind, TaskRule>> = {
  create: { timeoutSeconds: 60, retries: 3, backoffSeconds: 2, priority: 10 },
  start: { timeoutSeconds: 60, retries: 3, backoffSeconds: 2, priority: 20 },
  restart: { timeoutSeconds: 60, retries: 2, backoffSeconds: 2, priority: 20 },
  stop: { timeoutSeconds: 60, retries: 3, backoffSeconds: 1, priority: 40 },
  archive: { timeoutSeconds: 60, retries: 3, backoffSeconds: 2, priority: 30 },
  delete: { timeoutSeconds: 60, retries: 5, backoffSeconds: 2, priority: 30 },
  sync: { timeoutSeconds: 30, retries: 2, backoffSeconds: 2, priority: 50 },
};

/** Who or what asked for a task. */
export const taskCauses = ['person', 'batch', 'recovery', 'idle', 'reconcile', 'run'] as const;
export const taskCauseSchema = z.enum(taskCauses);
export type TaskCause = z.infer<typeof taskCauseSchema>;

export const taskAttemptSchema = z.object({
  number: z.number().int(),
  /** Which worker had it: host name and process id. */
  worker: z.string(),
  startedAt: z.date(),
  endedAt: z.date().nullable(),
  /** `died`: the worker ended in the middle of it; `waiting`: it counts for nothing, because the engine did not answer at all or the worker was ended in order. */
  outcome: z.enum(['running', 'succeeded', 'failed', 'died', 'waiting', 'superseded']),
  errorClass: errorClassSchema.nullable(),
  message: z.string().nullable(),
});
export type TaskAttempt = z.infer<typeof taskAttemptSchema>;

export const taskViewSchema = z.object({
  id: z.uuid(),
  workspaceId: z.uuid(),
  /** The workspace's name when the task was asked for. */
  workspaceName: z.string(),
  kind: taskKindSchema,
  status: taskStatusSchema,
  statusReason: z.string().nullable(),
  statusSince: z.date(),
  /** What happens next by itself, or what a person can do; null when nothing has to. */
  nextStep: z.string().nullable(),
  cause: taskCauseSchema,
  /** Login of who asked; null when Anyon did by itself. */
  requestedBy: z.string().nullable(),
  batchId: z.uuid().nullable(),
  priority: z.number().int(),
  maxAttempts: z.number().int(),
  attempts: z.array(taskAttemptSchema),
  retryAt: z.date().nullable(),
  createdAt: z.date(),
  finishedAt: z.date().nullable(),
});
export type TaskView = z.infer<typeof taskViewSchema>;

export const listTasksInput = z.object({
  /** Absent: of all workspaces the actor may use. */
  workspaceId: z.uuid().optional(),
  /** True: only those that are not final. */
  open: z.boolean().default(false),
  limit: z.number().int().min(1).max(200).default(50),
});
export const taskIdInput = z.object({ taskId: z.uuid() });
