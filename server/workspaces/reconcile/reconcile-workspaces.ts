import { inArray } from 'drizzle-orm';
import { workspaces } from '@/db/schema';
import type { ContainerEngine, EngineContainer } from '@/server/containers/engine';
import { database } from '@/server/database';
import { env } from '@/server/env';
import { describeError } from '@/server/errors';
import { log } from '@/server/log';
import { moveWorkspace, type WorkspaceRow } from '@/server/workspaces/workspace-status';

/**
 * Compares what the rows say with what the engine has and puts the rows right: at the worker's start, on engine events and
 * every 30 s. Only rows change here, never containers; running it twice changes nothing.
 */
export async function reconcileWorkspaces(engine: ContainerEngine, signal?: AbortSignal): Promise<void> {
  const rows = await database().select().from(workspaces).where(inArray(workspaces.status, ['running', 'stopped', 'unknown']));
  if (rows.length === 0) return;
  let containers: EngineContainer[];
  try {
    containers = await engine.listContainers({ 'anyon.instance': env().ANYON_INSTANCE }, signal);
  } catch (error) {
    log().warn({ err: error }, 'reconcile: the engine cannot be asked');
    const reason = `Docker does not answer: ${describeError(error)}`;
    for (const row of rows) if (row.status === 'running') await moveWorkspace(database(), row.id, { to: 'unknown', reason, fence: row.fence });
    return;
  }
  const byId = new Map(containers.map((container) => [container.id, container]));
  for (const row of rows) await putRight(row, row.containerId ? byId.get(row.containerId) : undefined);
}

async function putRight(row: WorkspaceRow, container: EngineContainer | undefined): Promise<void> {
  const running = container?.status === 'running';
  if (running && row.status !== 'running') {
    await moveWorkspace(database(), row.id, { to: 'running', reason: null, fence: row.fence });
  }
  if (!running && row.status !== 'stopped') {
    const reason = container ? stoppedReason(container) : 'Its container was removed outside Anyon. Starting makes a new one; the files are kept.';
    await moveWorkspace(database(), row.id, { to: 'stopped', reason, fence: row.fence });
  }
}

function stoppedReason(container: EngineContainer): string {
  if (container.exit?.oomKilled) return 'Its container ran out of memory and was ended. Give it more memory, or start it again.';
  return `Its container was ${container.status === 'paused' ? 'paused' : 'stopped'} outside Anyon.`;
}
