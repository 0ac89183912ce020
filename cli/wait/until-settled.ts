import { setTimeout as delay } from 'node:timers/promises';
import type { AnyonApi, Workspace } from '@/cli/api/anyon-api';
import { CliError } from '@/cli/cli-error';
import { askPatiently } from '@/cli/wait/ask-patiently';

const ASK_EVERY_MS = 1_000;
const LONGEST_ABSENCE_MS = 600_000;

/** The workspace as soon as no task is under way for it, or as it is after so many seconds; null when it is gone. */
export async function untilSettled(api: AnyonApi, workspaceId: string, { signal, seconds = Infinity }: { signal?: AbortSignal; seconds?: number } = {}): Promise<Workspace | null> {
  for (const began = Date.now(); ; ) {
    const workspace = await askPatiently(() => api.workspace(workspaceId, signal), { signal, patienceMs: Math.min(seconds * 1000, LONGEST_ABSENCE_MS) }).catch((error: unknown) => {
      if (error instanceof CliError && error.kind === 'not_found') return null;
      throw error;
    });
    const settled = !workspace || (!workspace.task && workspace.status !== 'creating' && workspace.status !== 'deleting');
    if (settled || Date.now() - began >= seconds * 1000) return workspace;
    await delay(ASK_EVERY_MS, undefined, signal && { signal });
  }
}
