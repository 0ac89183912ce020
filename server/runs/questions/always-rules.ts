import { z } from 'zod';
import type { PermissionMode } from '@/contract/run';

const rulesSchema = z.object({ type: z.literal('addRules'), behavior: z.literal('allow'), rules: z.array(z.object({ toolName: z.string(), ruleContent: z.string().optional() })).min(1) });
const directoriesSchema = z.object({ type: z.literal('addDirectories'), directories: z.array(z.string()).min(1) });
const modeSchema = z.object({ type: z.literal('setMode'), mode: z.enum(['acceptEdits']) });
const suggestionSchema = z.union([rulesSchema, directoriesSchema, modeSchema]);
type Suggestion = z.infer<typeof suggestionSchema>;

/**
 * What is changed when a person allows something for the rest of the run: the CLI's suggestions, for this process only. Rules name the thing
 * itself; newer versions suggest beside them to stop asking about files altogether, which nobody has said: that counts only where it is all there is.
 */
export function alwaysRules(suggestions: readonly unknown[]): (Suggestion & { destination: 'session' })[] {
  const known = suggestions.flatMap((one) => suggestionSchema.safeParse(one).data ?? []);
  const named = known.some(({ type }) => type === 'addRules');
  return known.filter(({ type }) => !named || type !== 'setMode').map((one) => ({ ...one, destination: 'session' }));
}

/** The same in words that complete "for the rest of this run:"; null when there is nothing to allow. */
export function alwaysInWords(suggestions: readonly unknown[]): string | null {
  const parts = alwaysRules(suggestions).flatMap((one) => {
    if (one.type === 'addRules') return one.rules.map(({ toolName, ruleContent }) => (ruleContent ? `${toolName} (${ruleContent})` : toolName));
    if (one.type === 'addDirectories') return [`files in ${one.directories.join(', ')}`];
    return ['all changes of files'];
  });
  return parts.length === 0 ? null : parts.join('; ').slice(0, 500);
}

/** How Claude goes on when its plan is approved. It cannot be told to ask for nothing when it did not begin so: there Anyon says yes by itself. */
export function modeAfterPlan(mode: Exclude<PermissionMode, 'plan'>): { type: 'setMode'; mode: string; destination: 'session' } {
  return { type: 'setMode', mode: mode === 'bypassPermissions' ? 'acceptEdits' : mode, destination: 'session' };
}
