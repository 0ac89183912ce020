import { setTimeout as delay } from 'node:timers/promises';
import type { AnyonApi, Workspace } from '@/cli/api/anyon-api';
import { CliError } from '@/cli/cli-error';

const ASK_EVERY_MS = 1_000;

/** The workspace as soon as no task is under way for it; null when it is gone. */
export async function untilSettled(api: AnyonApi, workspaceId: string, signal: AbortSignal): Promise<Workspace | null> {
  for (;;) {
    const workspace = await api.workspace(workspaceId, signal).catch((error: unknown) => {
      if (error instanceof CliError && error.kind === 'not_found') return null;
      throw error;
    });
    if (!workspace || (!workspace.task && workspace.status !== 'creating' && workspace.status !== 'deleting')) return workspace;
    await delay(ASK_EVERY_MS, undefined, { signal });
  }
}
