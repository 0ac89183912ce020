import { z } from 'zod';
import { egressLevelSchema } from '@/contract/egress';

/** Each line of the system check, with the fix unless it is in order. */
export const systemCheckSchema = z.object({
  name: z.string(),
  /** `warning`: Anyon works, but less safely or less well than it could. `failed`: something does not work until it is put right. */
  severity: z.enum(['ok', 'warning', 'failed']),
  detail: z.string(),
  fix: z.string().nullable(),
});
export type SystemCheck = z.infer<typeof systemCheckSchema>;

/** What the operator has set for everybody. */
export const installSettingsSchema = z.object({
  /** Of new workspaces whose creator chooses nothing. */
  image: z.string(),
  egressLevel: egressLevelSchema,
  /** Null: never. */
  idleStopMinutes: z.number().int().nullable(),
  /** How long the work of a deleted workspace is kept; 0 means not at all. */
  removedWorkKeptDays: z.number().int(),
});
export type InstallSettings = z.infer<typeof installSettingsSchema>;

export const systemStatusSchema = z.object({
  checks: z.array(systemCheckSchema),
  install: installSettingsSchema,
});
export type SystemStatus = z.infer<typeof systemStatusSchema>;
