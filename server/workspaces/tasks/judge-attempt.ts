import { maskTokens } from '@/server/secrets/masked-text';
import { WorkerEndingError } from '@/server/workspaces/tasks/attempt-watch';
import type { Attempt, AttemptEnd } from '@/server/workspaces/tasks/attempts';
import { backOff } from '@/server/workspaces/tasks/back-off';
import { classifyError } from '@/server/workspaces/tasks/error-class';
import type { AttemptFailure } from '@/server/workspaces/tasks/run-attempt';
import { LeadLostError, SupersededError } from '@/server/workspaces/tasks/superseded-error';

/**
 * What an attempt's end means for its task and workspace: done, tried again after a pause, or failed for good with its
 * sentence. `failed` counts the earlier attempts that failed; `silence` says why the engine cannot be asked at all, where it
 * cannot: then the task waits for it, and the attempt does not count. Null when nothing may be written, because the lead is lost.
 */
export function judgeAttempt({ task }: Pick<Attempt, 'task'>, failure: AttemptFailure, known: { failed: number; silence: string | null }): AttemptEnd | null {
  if (!failure) return { outcome: 'succeeded', message: null, task: { status: 'succeeded', reason: null } };
  const { error } = failure;
  if (error instanceof LeadLostError) return null;
  if (error instanceof SupersededError) return { outcome: 'superseded', message: error.message, task: { status: 'superseded', reason: null } };
  if (error instanceof WorkerEndingError) return { outcome: 'waiting', message: error.message, task: { status: 'queued', reason: error.message } };

  const { class: errorClass, mayHeal, ...said } = classifyError(error);
  const message = maskTokens(said.message);
  const failed = known.failed + 1;
  const told = { lastError: message, lastErrorClass: errorClass, lastErrorAt: new Date() };
  if (known.silence !== null) return { outcome: 'waiting', message, errorClass, task: { status: 'waiting', reason: known.silence }, workspace: { to: 'as it is', set: told } };
  if (mayHeal && failed < task.maxAttempts) {
    return {
      outcome: 'failed',
      message,
      errorClass,
      task: { status: 'retrying', reason: message, retryInSeconds: backOff(task.kind, failed) / 1_000 },
      workspace: { to: 'as it is', ...(task.kind !== 'sync' && { reason: message }), set: told },
    };
  }
  const tries = failed > 1 ? ` Tried ${failed} times.` : '';
  return {
    outcome: 'failed',
    message,
    errorClass,
    task: { status: 'failed', reason: message + tries },
    workspace: task.kind === 'sync' ? { to: 'as it is', set: told } : { to: 'unhealthy', reason: message + tries, set: told },
  };
}
