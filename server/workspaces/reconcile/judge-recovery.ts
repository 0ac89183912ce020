import type { ErrorClass } from '@/contract/recovery';
import { lostFilesTrouble } from '@/server/workspaces/reconcile/container-trouble';
import { finding, type Finding } from '@/server/workspaces/reconcile/finding';
import type { KnownWorkspace } from '@/server/workspaces/reconcile/known-rows';
import { planRecovery, stateOf } from '@/server/workspaces/reconcile/recovery-plan';

/** What may be over by itself. A wrong branch or a missing sign-in is not. */
const passing: ReadonlySet<ErrorClass> = new Set(['engine', 'network', 'storage', 'memory']);

/**
 * A workspace that should run and whose start has failed, with nobody to look after it: it is recovered as if its container
 * had ended, if the reason may pass or this was such a try already.
 */
export function judgeRecovery({ row, openTask }: KnownWorkspace, at: Date): Finding[] {
  if (openTask || row.status !== 'unhealthy' || row.desired !== 'running' || row.recoveryNextAt !== null) return [];
  if (row.lastErrorClass === null || row.lastError === null) return [];
  if (row.lastError === lostFilesTrouble.sentence) return []; // nothing that passes
  if (!passing.has(row.lastErrorClass) && row.recoveryAttempts === 0) return [];
  const trouble = { class: row.lastErrorClass, sentence: row.lastError };
  const { kind, reason } = planRecovery(stateOf(row), trouble, at, 0.5);
  const said = kind === 'none' || (kind === 'give-up' && row.recoveryFallback === 'ignore');
  if (said && row.statusReason === reason) return [];
  return [finding({ object: 'workspace', name: row.name, workspaceId: row.id, action: 'repair', reason, effect: { do: 'recover', row, trouble, container: null } })];
}
