import { z } from 'zod';
import { branchNameSchema, repositoryUrlSchema } from '@/contract/repository';

/** Every state a workspace can be in; `unhealthy` and `unknown` always carry a reason. */
export const workspaceStatuses = ['creating', 'running', 'stopped', 'unhealthy', 'unknown', 'deleting', 'archived'] as const;
export const workspaceStatusSchema = z.enum(workspaceStatuses);
export type WorkspaceStatus = z.infer<typeof workspaceStatusSchema>;

/** The start-up checklist, in order. */
export const startStepNames = ['image', 'container', 'clone', 'ready'] as const;
export const startStepNameSchema = z.enum(startStepNames);
export type StartStepName = z.infer<typeof startStepNameSchema>;

export const startStepSchema = z.object({
  name: startStepNameSchema,
  status: z.enum(['pending', 'running', 'done', 'failed']),
  startedAt: z.date().nullable(),
  endedAt: z.date().nullable(),
  /** Progress while it runs, the reason when it failed. */
  message: z.string().nullable(),
});
export type StartStep = z.infer<typeof startStepSchema>;

const GIB = 1024 ** 3;

/** Limits of a workspace's container. Memory in bytes, CPUs in cores. */
export const workspaceLimitsSchema = z.object({
  memoryBytes: z
    .number()
    .int()
    .min(512 * 1024 ** 2, 'A workspace needs at least 512 MiB of memory.')
    .max(64 * GIB, 'A workspace may have at most 64 GiB of memory.')
    .default(4 * GIB),
  cpus: z.number().min(0.25, 'A workspace needs at least a quarter of a core.').max(64).default(2),
  pids: z.number().int().min(64, 'A workspace needs at least 64 processes.').max(16384).default(1024),
});

export const workspaceNameSchema = z
  .string()
  .trim()
  .min(1, 'Give the workspace a name.')
  .max(64, 'A name has at most 64 characters.')
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]*$/u, 'A name starts with a letter or digit and has letters, digits, spaces, dots, dashes and underscores.');

export const createWorkspaceInput = z.object({
  repositoryUrl: repositoryUrlSchema,
  /** Absent: the repository's default branch. */
  branch: branchNameSchema.optional(),
  /** Absent: the repository's name. */
  name: workspaceNameSchema.optional(),
  limits: workspaceLimitsSchema.prefault({}),
});
export type CreateWorkspaceInput = z.output<typeof createWorkspaceInput>;

export const workspaceIdInput = z.object({ workspaceId: z.uuid() });

/** A workspace as the API and the pages see it. */
export const workspaceViewSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  owner: z.object({ id: z.uuid(), login: z.string() }),
  repositoryUrl: z.string(),
  branch: z.string().nullable(),
  status: workspaceStatusSchema,
  /** Why it is in this state, as a sentence; null when the state says it all. */
  statusReason: z.string().nullable(),
  statusSince: z.date(),
  /** What happens next by itself, or what a person can do; null when nothing has to. */
  nextStep: z.string().nullable(),
  steps: z.array(startStepSchema),
  limits: workspaceLimitsSchema,
  image: z.string(),
  containerId: z.string().nullable(),
  activeRuns: z.number().int(),
  lastRunAt: z.date().nullable(),
  createdAt: z.date(),
});
export type WorkspaceView = z.infer<typeof workspaceViewSchema>;
