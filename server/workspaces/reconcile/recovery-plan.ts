import type { ErrorClass, RecoveryPolicy } from '@/contract/recovery';
import type { Trouble } from '@/server/workspaces/reconcile/finding';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

const LONGEST_PAUSE_SECONDS = 600;
/** While the disk is full nothing is tried; it is looked at again so often. */
const STORAGE_PAUSE_SECONDS = 30;

/** Where a workspace stands with its recovery. */
export interface RecoveryState extends RecoveryPolicy {
  /** Tries since it last ran well. */
  attempts: number;
}

/**
 * retry: one try at this time · wait: not a try, look again then · give-up: the tries are used up, the fallback is carried out ·
 * none: trying would change nothing. The reason is what the row says meanwhile.
 */
export type RecoveryPlan = { kind: 'retry' | 'wait'; at: Date; reason: string } | { kind: 'give-up' | 'none'; reason: string };

/** What is done about a workspace that should run and does not. `random` is from 0 to 1: what failed together does not come back together. */
export function planRecovery(state: RecoveryState, trouble: Trouble, now: Date, random: number = Math.random()): RecoveryPlan {
  const { sentence } = trouble;
  if (trouble.helpless) return { kind: 'none', reason: sentence };
  if (state.maxRetries === 0) return { kind: 'none', reason: `${sentence} Recovery is switched off for this workspace: start it again.` };
  if (trouble.class === 'authentication') return { kind: 'none', reason: `${sentence} Trying again would not help: put the sign-in right, then start it again.` };
  if (state.attempts >= state.maxRetries) return { kind: 'give-up', reason: `${sentence} ${gaveUp(state)}` };
  const seconds = pauseSeconds(state, trouble.class, random);
  const at = new Date(now.getTime() + seconds * 1_000);
  if (trouble.class === 'storage') return { kind: 'wait', at, reason: `${sentence} Anyon starts it again when there is room on the disk (try ${state.attempts + 1} of ${state.maxRetries}).` };
  return { kind: 'retry', at, reason: `${sentence} Anyon starts it again in ${inWords(seconds)} (try ${state.attempts + 1} of ${state.maxRetries}).` };
}

/** The policy's pause, doubled for each try that was, up to ten minutes, with a fifth more or less. */
export function pauseSeconds({ attempts, backoffSeconds }: RecoveryState, errorClass: ErrorClass, random: number): number {
  const pause = errorClass === 'storage' ? STORAGE_PAUSE_SECONDS : Math.min(backoffSeconds * 2 ** attempts, LONGEST_PAUSE_SECONDS);
  return Math.min(pause * (0.8 + 0.4 * random), LONGEST_PAUSE_SECONDS);
}

function gaveUp({ maxRetries, fallback }: RecoveryState): string {
  const tried = maxRetries === 1 ? 'Anyon tried once to bring it back' : `Anyon tried ${maxRetries} times to bring it back`;
  switch (fallback) {
    case 'stop':
      return `${tried} and has stopped it. Start it when the cause is gone.`;
    case 'remove':
      return `${tried} and has removed its container; the files are kept. Starting makes a new one.`;
    case 'ignore':
      return `${tried} and leaves it as it is. Start it when the cause is gone.`;
  }
}

function inWords(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  return `${Math.round(seconds / 60)} min`;
}

export function stateOf(row: WorkspaceRow): RecoveryState {
  return { maxRetries: row.recoveryMaxRetries, backoffSeconds: row.recoveryBackoffSeconds, fallback: row.recoveryFallback, attempts: row.recoveryAttempts };
}
