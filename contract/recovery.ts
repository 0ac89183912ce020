import { z } from 'zod';

/** What went wrong with a workspace, by where it went wrong: each class has its own way back. */
export const errorClasses = ['engine', 'network', 'storage', 'memory', 'authentication', 'other'] as const;
export const errorClassSchema = z.enum(errorClasses);
export type ErrorClass = z.infer<typeof errorClassSchema>;

/** What happens when every try to bring a workspace back has failed: its container is stopped, removed (files stay), or left as it is. */
export const recoveryFallbacks = ['stop', 'remove', 'ignore'] as const;
export const recoveryFallbackSchema = z.enum(recoveryFallbacks);
export type RecoveryFallback = z.infer<typeof recoveryFallbackSchema>;

/** A workspace that should run and does not: exited → restarted, dead or gone → made anew, so often, with growing pauses. */
export const recoveryPolicySchema = z.object({
  /** 0 switches recovery off. */
  maxRetries: z.number().int().min(0).max(20, 'At most 20 tries.').default(3),
  /** Pause before the first try; it doubles for each further one, up to ten minutes, with jitter. */
  backoffSeconds: z.number().int().min(1, 'At least one second.').max(600, 'At most ten minutes.').default(5),
  fallback: recoveryFallbackSchema.default('stop'),
});
export type RecoveryPolicy = z.infer<typeof recoveryPolicySchema>;
