import { rm } from 'node:fs/promises';
import { and, eq } from 'drizzle-orm';
import { runs, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { runLogDir, workspaceDir } from '@/server/deployment/paths';
import { networkName } from '@/server/egress/workspace-network';
import { failpoint } from '@/server/failpoint';
import { removeWorkspaceSecrets } from '@/server/secrets/injection/secret-folder';
import { keepRemovedWork } from '@/server/workspaces/checkpoints/keep-removed-work';
import type { TaskWork } from '@/server/workspaces/tasks/task-work';
import { workspaceLabels } from '@/server/workspaces/workspace-container';

/**
 * Keeps the work, then removes container, network, files, logs and the row: in this order, so that a crash on the way leaves
 * a row that says `deleting` and is taken up again.
 */
export async function removeWorkspace({ engine, workspace, signal, progress, assertOurs }: TaskWork): Promise<void> {
  await keepRemovedWork(engine, workspace, signal, progress);
  await failpoint('remove.work-kept');
  progress();
  for (const { id } of await engine.summarizeContainers({ labels: workspaceLabels(workspace.id) }, signal)) await engine.removeContainer(id, signal);
  await failpoint('remove.container-removed');
  await engine.removeNetwork(networkName(workspace.id), signal);
  await failpoint('remove.network-removed');
  progress();
  await assertOurs();
  await rm(workspaceDir(workspace.id), { recursive: true, force: true });
  await removeWorkspaceSecrets(workspace.id);
  const runRows = await database().select({ id: runs.id }).from(runs).where(eq(runs.workspaceId, workspace.id));
  for (const run of runRows) await rm(runLogDir(run.id), { recursive: true, force: true });
  await failpoint('remove.files-removed');
  await database()
    .delete(workspaces)
    .where(and(eq(workspaces.id, workspace.id), eq(workspaces.fence, workspace.fence)));
  await failpoint('remove.row-removed');
}
