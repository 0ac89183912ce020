import { z } from 'zod';

/** What the reconciler looks at. */
export const differenceObjects = ['container', 'network', 'workspace', 'workspace-directory', 'run-directory', 'exchange-directory', 'secret-directory', 'worktree', 'checkpoint-bundle', 'quota', 'firewall'] as const;

/** adopt: make the row agree; repair: make the engine agree; finish: complete what a dead worker began; remove: delete what nobody owns; leave: shown only. */
export const differenceActions = ['adopt', 'repair', 'finish', 'remove', 'leave'] as const;

/** One thing on which the database and the machine do not agree. */
export const differenceSchema = z.object({
  object: z.enum(differenceObjects),
  /** Name or path of the object. */
  name: z.string(),
  workspaceId: z.uuid().nullable(),
  action: z.enum(differenceActions),
  /** What was found, what was expected, what is done about it: one sentence. */
  reason: z.string(),
  /** Disk that the action frees; null when it frees none or cannot be told. */
  freesBytes: z.number().nullable(),
  /** What came of the action; null before it was tried and in a dry run. */
  result: z.enum(['done', 'failed']).nullable(),
  failure: z.string().nullable(),
});
export type Difference = z.infer<typeof differenceSchema>;

export const reconcileReportSchema = z.object({
  at: z.date(),
  cause: z.enum(['boot', 'event', 'clock', 'person', 'command']),
  dryRun: z.boolean(),
  tookMs: z.number().int(),
  /** Null when the engine answered. */
  engineProblem: z.string().nullable(),
  looked: z.object({ workspaces: z.number().int(), containers: z.number().int(), networks: z.number().int(), directories: z.number().int(), foreign: z.number().int() }),
  differences: z.array(differenceSchema),
});
export type ReconcileReport = z.infer<typeof reconcileReportSchema>;
export const reconcileInput = z.object({ dryRun: z.boolean() });
