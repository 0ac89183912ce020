import { z } from 'zod';

/** Each line of the system check: green or red, with the fix when red. */
export const systemCheckSchema = z.object({
  name: z.string(),
  ok: z.boolean(),
  detail: z.string(),
  fix: z.string().nullable(),
});
export type SystemCheck = z.infer<typeof systemCheckSchema>;

export const systemStatusSchema = z.object({
  checks: z.array(systemCheckSchema),
  /** What answers the runs: the built-in simulator, or a Claude account. */
  claude: z.enum(['simulator', 'connected']),
  /** How many workspaces of the default size fit into the memory of this VM. */
  workspacesThatFit: z.number().int(),
});
export type SystemStatus = z.infer<typeof systemStatusSchema>;
