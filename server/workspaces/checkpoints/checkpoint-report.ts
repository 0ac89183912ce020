import { z } from 'zod';
import { checkpointCauses } from '@/contract/checkpoint';

/** Names of working trees in a container: `repo`, `repositories/<folder>`, `worktrees/<run>`. */
export const treeNameSchema = z.string().regex(/^(?:repo|(?:repositories|worktrees)\/[A-Za-z0-9][A-Za-z0-9._-]{0,127})$/);
export const commitSchema = z.string().regex(/^[0-9a-f]{40,64}$/);

const LAST_SECOND = 4_102_444_800; // 2100: what is later is nonsense

/** A checkpoint as the wrapper found it in the repository. The container's word: it proves nothing about other workspaces. */
const foundCheckpointSchema = z.object({
  id: z.uuid(),
  name: treeNameSchema,
  ref: z.string().max(400).startsWith('refs/anyon/checkpoints/'),
  commit: commitSchema,
  cause: z.enum(checkpointCauses).catch('person'),
  files: z.number().int().min(0).max(2_000_000_000).catch(0),
  at: z.number().int().min(0).max(LAST_SECOND),
});
export type FoundCheckpoint = z.infer<typeof foundCheckpointSchema>;

/** What each verb says about the checkpoints that there are. */
export const foundCheckpointsSchema = z.object({
  /** What somebody has put among them that is none is left out. */
  checkpoints: z.array(foundCheckpointSchema.nullable().catch(null)).transform((all) => all.filter((one) => one !== null)),
  /** False: there may be more than these. */
  complete: z.boolean(),
});
export type FoundCheckpoints = z.infer<typeof foundCheckpointsSchema>;

/** What `anyon-run checkpoint` answers. */
export const checkpointReportSchema = foundCheckpointsSchema.extend({
  trees: z.array(
    z.object({
      name: z.string(),
      outcome: z.enum(['taken', 'same', 'clean', 'failed']),
      commit: commitSchema.nullable(),
      /** Files that could not be read, and names that git does not take. */
      skipped: z.number().int(),
      reason: z.string().nullable(),
    }),
  ),
});
export type CheckpointReport = z.infer<typeof checkpointReportSchema>;

/** What `anyon-run restore` answers; `before` is the commit of the checkpoint that it took first. */
export const restoreReportSchema = foundCheckpointsSchema.extend({ before: commitSchema });
