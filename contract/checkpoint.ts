import { z } from 'zod';

/** Why a checkpoint was taken. */
export const checkpointCauses = ['stop', 'restart', 'delete', 'archive', 'image', 'idle', 'restore', 'rebase', 'variant', 'person'] as const;
export const checkpointCauseSchema = z.enum(checkpointCauses);
export type CheckpointCause = z.infer<typeof checkpointCauseSchema>;

/** The work in one working tree of a workspace (tracked and untracked files, not the ignored ones), kept under a hidden git ref. */
export const checkpointViewSchema = z.object({
  id: z.uuid(),
  workspaceId: z.uuid(),
  /** Which working tree, below /workspace: `repo`, `repositories/<folder>` or `worktrees/<run>`. */
  tree: z.string(),
  /** Null: a repository itself; else the run whose worktree it was. */
  runId: z.uuid().nullable(),
  runNumber: z.number().int().nullable(),
  cause: checkpointCauseSchema,
  commit: z.string(),
  /** What differs from the commit that was checked out. */
  changedFiles: z.number().int(),
  createdAt: z.date(),
});
export type CheckpointView = z.infer<typeof checkpointViewSchema>;
export const checkpointIdInput = z.object({ workspaceId: z.uuid(), checkpointId: z.uuid() });

/** A deleted workspace whose work is kept for some days. */
export const removedWorkspaceSchema = z.object({
  id: z.uuid(),
  workspaceId: z.uuid(),
  name: z.string(),
  owner: z.object({ id: z.uuid(), login: z.string() }),
  repositoryUrl: z.string(),
  branch: z.string().nullable(),
  /** `bundle`: every branch and checkpoint in one git bundle; `files`: the files themselves, because no bundle could be made. */
  kind: z.enum(['bundle', 'files']),
  bytes: z.number(),
  removedAt: z.date(),
  /** After this the work is gone for good. */
  keptUntil: z.date(),
});
export type RemovedWorkspace = z.infer<typeof removedWorkspaceSchema>;
export const removedWorkspaceIdInput = z.object({ removedWorkspaceId: z.uuid() });
