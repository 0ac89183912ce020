import { rm } from 'node:fs/promises';
import { and, eq } from 'drizzle-orm';
import { runs, workspaces } from '@/db/schema';
import type { ContainerEngine } from '@/server/containers/engine';
import { database } from '@/server/database';
import { runLogDir, workspaceDir } from '@/server/deployment/paths';
import { containerName, networkName } from '@/server/workspaces/workspace-container';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

/** Container, network, files, logs, then the row: in this order, so that a crash on the way leaves a row that says `deleting` and is taken up again. */
export async function removeWorkspace(engine: ContainerEngine, workspace: WorkspaceRow, signal: AbortSignal): Promise<void> {
  const container = await engine.inspectContainer(containerName(workspace.id), signal);
  if (container) await engine.removeContainer(container.id, signal);
  await engine.removeNetwork(networkName(workspace.id), signal);
  await rm(workspaceDir(workspace.id), { recursive: true, force: true });
  const runRows = await database().select({ id: runs.id }).from(runs).where(eq(runs.workspaceId, workspace.id));
  for (const run of runRows) await rm(runLogDir(run.id), { recursive: true, force: true });
  await database()
    .delete(workspaces)
    .where(and(eq(workspaces.id, workspace.id), eq(workspaces.fence, workspace.fence)));
}
