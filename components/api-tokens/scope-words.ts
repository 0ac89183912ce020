import type { TokenScope } from '@/contract/api-token';

/** What a scope lets a program do, as a person chooses it. */
export const scopeWords: Record<TokenScope, { label: string; hint: string }> = {
  read: { label: 'Read', hint: 'See your workspaces, runs, logs and diffs.' },
  run: { label: 'Run', hint: 'Start, steer and stop runs. What Claude does in them is done in your name.' },
  workspace: { label: 'Workspaces', hint: 'Make, start, stop and delete your workspaces.' },
};

/** Scopes in a line: “Read, Run”. */
export function scopesInWords(scopes: readonly TokenScope[]): string {
  return scopes.map((scope) => scopeWords[scope].label).join(', ');
}
