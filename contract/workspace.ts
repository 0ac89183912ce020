import { z } from 'zod';
import { egressLevelSchema, egressPolicySchema } from '@/contract/egress';
import { hasKnownToken, tokenRefusal } from '@/contract/known-token';
import { metricsSchema } from '@/contract/metrics';
import { errorClassSchema, recoveryPolicySchema } from '@/contract/recovery';
import { branchNameSchema, repositoryUrlSchema } from '@/contract/repository';
import { taskKindSchema, taskStatusSchema } from '@/contract/task';

/** Every state a workspace can be in; `unhealthy` and `unknown` always carry a reason. */
export const workspaceStatuses = ['creating', 'running', 'stopped', 'unhealthy', 'unknown', 'deleting', 'archived'] as const;
export const workspaceStatusSchema = z.enum(workspaceStatuses);
export type WorkspaceStatus = z.infer<typeof workspaceStatusSchema>;

/** The start-up checklist, in order. */
export const startStepNames = ['image', 'container', 'network', 'clone', 'setup', 'ready'] as const;
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

/** Limits of a workspace's container. Memory and disk in bytes, CPUs in cores. */
export const workspaceLimitsSchema = z.object({
  memoryBytes: z
    .number()
    .int()
    .min(512 * 1024 ** 2, 'A workspace needs at least 512 MiB of memory.')
    .max(64 * GIB, 'A workspace may have at most 64 GiB of memory.')
    .default(4 * GIB),
  cpus: z.number().min(0.25, 'A workspace needs at least a quarter of a core.').max(64).default(2),
  pids: z.number().int().min(64, 'A workspace needs at least 64 processes.').max(16384).default(1024),
  /** Null: no limit but the VM's disk. Enforced where the file system can; the system check says whether. */
  diskBytes: z
    .number()
    .int()
    .min(GIB, 'A workspace needs at least 1 GiB of disk.')
    .max(4096 * GIB, 'A workspace may have at most 4 TiB of disk.')
    .nullable()
    .default(null),
});
export type WorkspaceLimits = z.output<typeof workspaceLimitsSchema>;

export const workspaceNameSchema = z
  .string()
  .trim()
  .min(1, 'Give the workspace a name.')
  .max(64, 'A name has at most 64 characters.')
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]*$/u, 'A name starts with a letter or digit and has letters, digits, spaces, dots, dashes and underscores.');

/** An image reference as Docker writes it; checked again, more strictly, before the engine sees it. */
export const imageReferenceSchema = z
  .string()
  .trim()
  .min(1, 'Enter the name of an image.')
  .max(255, 'The name of an image has at most 255 characters.')
  .regex(/^[a-z0-9][A-Za-z0-9._:@/-]*$/, 'This is not the name of an image, such as anyon-claude:latest.');

/** Runs once in the repository after it was cloned, as `anyon`, with bash. */
export const setupScriptSchema = z
  .string()
  .max(64 * 1024, 'A set-up script has at most 65,536 characters.')
  .refine((text) => !text.includes('\0'), 'A set-up script has no NUL characters.')
  .refine((text) => !hasKnownToken(text), tokenRefusal('the set-up script'));

/** Stop after so many minutes in which no run was on and nobody did anything. */
export const idleStopSchema = z.number().int().min(5, 'At least 5 minutes.').max(30 * 24 * 60, 'At most 30 days.');

/** A further repository, cloned beside the first into /workspace/repositories/<folder>. */
export const extraRepositorySchema = z.object({
  url: repositoryUrlSchema,
  branch: branchNameSchema.nullable().default(null),
  folder: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'A folder name has letters, digits, dots, dashes and underscores.'),
});
export type ExtraRepository = z.output<typeof extraRepositorySchema>;
export const extraRepositoriesSchema = z
  .array(extraRepositorySchema)
  .max(10, 'A workspace has at most ten further repositories.')
  .refine((list) => new Set(list.map((item) => item.folder.toLowerCase())).size === list.length, 'Two repositories may not have the same folder.');

export const createWorkspaceInput = z.object({
  repositoryUrl: repositoryUrlSchema,
  /** Absent: the repository's default branch. */
  branch: branchNameSchema.optional(),
  /** Absent: the repository's name. */
  name: workspaceNameSchema.optional(),
  /** Where what is absent below comes from; absent: the install's defaults. */
  templateId: z.uuid().optional(),
  limits: workspaceLimitsSchema.optional(),
  image: imageReferenceSchema.optional(),
  egress: egressPolicySchema.optional(),
  recovery: recoveryPolicySchema.optional(),
  setupScript: setupScriptSchema.optional(),
  /** Null: never. */
  idleStopMinutes: idleStopSchema.nullable().optional(),
  extraRepositories: extraRepositoriesSchema.default([]),
});
export type CreateWorkspaceInput = z.output<typeof createWorkspaceInput>;

/** What may be changed later; what is absent stays. Limits apply at once, image and egress at the next start. */
export const changeWorkspaceInput = z.object({
  workspaceId: z.uuid(),
  name: workspaceNameSchema.optional(),
  limits: workspaceLimitsSchema.optional(),
  image: imageReferenceSchema.optional(),
  egress: egressPolicySchema.optional(),
  recovery: recoveryPolicySchema.optional(),
  setupScript: setupScriptSchema.nullable().optional(),
  idleStopMinutes: idleStopSchema.nullable().optional(),
});
export type ChangeWorkspaceInput = z.output<typeof changeWorkspaceInput>;

export const duplicateWorkspaceInput = z.object({ workspaceId: z.uuid(), name: workspaceNameSchema.optional() });

export const workspaceIdInput = z.object({ workspaceId: z.uuid() });

/** More news than this at once, and the whole list is fetched again. */
export const MOST_LISTED_AGAIN = 50;
export const someWorkspacesInput = z.object({ workspaceIds: z.array(z.uuid()).min(1).max(MOST_LISTED_AGAIN) });

/** A workspace as the API and the pages see it. What a person entered is told as it is stored: one that no rule would admit today must not take the list away. */
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
  /** What it should be; the status says what it is. */
  desired: z.enum(['running', 'stopped']),
  container: z.object({
    id: z.string().nullable(),
    /** The engine's own word (created, running, exited …); null when there is no container. */
    status: z.string().nullable(),
    startedAt: z.date().nullable(),
    /** Name of the runtime it was made with; null: the engine's default. */
    runtime: z.string().nullable(),
  }),
  /** The latest reading, null before the first one and when it is too old to be true. */
  metrics: metricsSchema.nullable(),
  lastError: z.object({ message: z.string(), class: errorClassSchema, at: z.date() }).nullable(),
  /** When the engine last confirmed the state. */
  lastUpdatedAt: z.date(),
  /** The task that is under way or waits for it. */
  task: z.object({ id: z.uuid(), kind: taskKindSchema, status: taskStatusSchema, reason: z.string().nullable(), since: z.date() }).nullable(),
  recovery: recoveryPolicySchema.extend({ attempts: z.number().int(), nextAt: z.date().nullable() }),
  egress: z.object({ level: egressLevelSchema, hosts: z.array(z.string()) }),
  setupScript: z.string().nullable(),
  idleStopMinutes: z.number().int().nullable(),
  /** When it is stopped because nobody uses it; null when it is not going to be. */
  idleStopAt: z.date().nullable(),
  extraRepositories: z.array(z.object({ url: z.string(), branch: z.string().nullable(), folder: z.string() })),
  /** True when image or egress were changed and apply at the next start. */
  restartNeeded: z.boolean(),
  activeRuns: z.number().int(),
  lastRunAt: z.date().nullable(),
  createdAt: z.date(),
});
export type WorkspaceView = z.infer<typeof workspaceViewSchema>;

/** One among others: without what only its own page shows. With the steps of every start a list of two hundred was half a megabyte. */
export const listedWorkspaceSchema = workspaceViewSchema.omit({ steps: true, setupScript: true });
export type ListedWorkspace = z.infer<typeof listedWorkspaceSchema>;

/** The end of what the set-up script said when it last ended, at most 64 KiB, masked. */
export const setupLogSchema = z.object({ text: z.string(), endedAt: z.date() });
export type SetupLog = z.infer<typeof setupLogSchema>;
