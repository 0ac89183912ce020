import { removeDetachedCommand } from '@/server/containers/detached-command';
import { runPlace } from '@/server/runs/run-place';
import { withdrawRunSecrets } from '@/server/runs/run-secrets';
import type { RunRow } from '@/server/runs/run-status';

/** Takes away what an attempt that is over leaves on the machine: its raw output and its secrets. Safe to repeat. */
export async function clearAttempt(run: Pick<RunRow, 'id' | 'workspaceId' | 'attempt'>): Promise<void> {
  await withdrawRunSecrets(run);
  await removeDetachedCommand(runPlace(run).exchange);
}
