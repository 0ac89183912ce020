import { removeDetachedCommand } from '@/server/containers/detached-command';
import { log } from '@/server/log';
import { attemptId, runPlace } from '@/server/runs/run-place';
import type { RunRow } from '@/server/runs/run-status';
import { withdrawSecrets } from '@/server/secrets/injection/inject-secrets';

/**
 * Takes away what an attempt that is over leaves on the machine: its raw output and its secrets. Safe to repeat. Secrets that
 * cannot be removed have raised an alert, and are tried again by the clock; the run does not wait for that.
 */
export async function clearAttempt(run: Pick<RunRow, 'id' | 'workspaceId' | 'attempt'>): Promise<void> {
  await removeDetachedCommand(runPlace(run).exchange);
  try {
    await withdrawSecrets({ workspaceId: run.workspaceId, attempt: attemptId(run) });
  } catch (error) {
    log().error({ err: error, runId: run.id }, 'run: its secrets could not be removed');
  }
}
