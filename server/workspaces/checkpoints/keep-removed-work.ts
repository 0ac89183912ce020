import path from 'node:path';
import { rm } from 'node:fs/promises';
import { eq } from 'drizzle-orm';
import { z } from 'zod';
import { removedWorkspaces } from '@/db/schema';
import { readExit, removeDetachedCommand } from '@/server/containers/detached-command';
import type { ContainerEngine, EngineContainer } from '@/server/containers/engine';
import { database } from '@/server/database';
import { measureDiskUse } from '@/server/deployment/disk-use';
import { workspaceExchangeDir, workspaceFilesDir } from '@/server/deployment/paths';
import { env } from '@/server/env';
import { describeError, isAnyonError } from '@/server/errors';
import { failpoint } from '@/server/failpoint';
import { log } from '@/server/log';
import { ensureWorkspaceSecretsDir } from '@/server/secrets/injection/secret-folder';
import { copyBundle } from '@/server/workspaces/checkpoints/bundle-file';
import { describeIncoming, exists, finishIncoming, hasIncomingFiles, keptRepositorySchema, openIncoming, readKeptWork, type KeptWork } from '@/server/workspaces/checkpoints/kept-folder';
import { moveFolder } from '@/server/workspaces/checkpoints/move-files';
import { giveBackFiles } from '@/server/workspaces/checkpoints/restore-removed-files';
import { writeRemovedWorkspace } from '@/server/workspaces/checkpoints/removed-rows';
import { askWrapper } from '@/server/workspaces/checkpoints/wrapper-answer';
import { containerName } from '@/server/workspaces/workspace-container';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

const PATIENCE_MS = 10 * 60_000;

const keepAnswerSchema = z.object({
  keep: z.enum(['nothing', 'bundle', 'files']),
  reason: z.string().max(2000).nullable(),
  repositories: z.array(keptRepositorySchema).max(50),
});

/**
 * Before a workspace is removed: keeps all work that only it has, for ANYON_BUNDLE_KEEP_DAYS. As a git bundle of every branch,
 * tag, stash and checkpoint; where that cannot be made or would not hold everything, the files themselves are kept, which
 * always works. Afterwards `<data>/removed/<id>` and its row are there, or there was nothing to keep: no clone, or all of it
 * is in the remote. May start a stopped container for it; with `files` the container is gone afterwards.
 *
 * Safe to repeat after a crash at any point. Throws when nothing could be kept, and the workspace must not be removed then.
 */
export async function keepRemovedWork(engine: ContainerEngine, workspace: WorkspaceRow, signal: AbortSignal, progress?: () => void): Promise<void> {
  if (env().ANYON_BUNDLE_KEEP_DAYS === 0) return;
  const kept = (await readKeptWork(workspace.id)) ?? (await keep({ engine, workspace, signal, progress }));
  if (kept === null || (await hasRow(workspace.id))) return;
  await failpoint('keep.bundle-moved');
  await writeRemovedWorkspace(workspace, kept);
  await failpoint('keep.row-written');
  log().info({ workspaceId: workspace.id, kind: kept.kind, bytes: kept.bytes }, 'workspace: its work is kept');
}

async function hasRow(workspaceId: string): Promise<boolean> {
  const rows = await database().select({ id: removedWorkspaces.id }).from(removedWorkspaces).where(eq(removedWorkspaces.workspaceId, workspaceId));
  return rows.length > 0;
}

interface Keeping {
  engine: ContainerEngine;
  workspace: WorkspaceRow;
  signal: AbortSignal;
  progress: (() => void) | undefined;
}

/** Null when there is nothing to keep. */
async function keep(keeping: Keeping): Promise<KeptWork | null> {
  const { workspace, signal } = keeping;
  if (await hasIncomingFiles(workspace.id)) return keepFiles(keeping, 'An earlier try had begun to move the files.');
  if (workspace.clonedAt === null) {
    if (workspace.fromRemovedId !== null) {
      await removeContainer(keeping);
      await giveBackFiles(workspace, workspace.fromRemovedId);
    }
    return null; // nobody has ever worked in it
  }
  const container = await usableContainer(keeping);
  if (container === null) return keepFiles(keeping, 'Its container could not be started.');
  try {
    return await keepBundle(keeping, container);
  } catch (error) {
    signal.throwIfAborted();
    if (!isAnyonError(error)) throw error;
    log().warn({ err: error, workspaceId: workspace.id }, 'workspace: no bundle of its work could be made, keeping the files');
    return keepFiles(keeping, describeError(error));
  }
}

/** Nothing of what had been running comes back with a start: the container only sleeps. */
async function usableContainer({ engine, workspace, signal }: Keeping): Promise<EngineContainer | null> {
  const container = await engine.inspectContainer(containerName(workspace.id), signal);
  if (container === null || container.status === 'running') return container;
  if (container.status !== 'exited' && container.status !== 'created') return null;
  try {
    await ensureWorkspaceSecretsDir(workspace.id); // it is mounted, and may be gone since the machine was started
    await engine.startContainer(container.id, signal);
    return container;
  } catch (error) {
    signal.throwIfAborted();
    if (!isAnyonError(error)) throw error;
    log().info({ workspaceId: workspace.id, reason: describeError(error) }, 'workspace: its container cannot be started to keep its work');
    return null;
  }
}

async function keepBundle(keeping: Keeping, container: EngineContainer): Promise<KeptWork | null> {
  const { engine, workspace, signal, progress } = keeping;
  const id = `keep-${workspace.id.slice(-12)}`;
  const directory = path.join(workspaceExchangeDir(workspace.id), id);
  // One that has ended may be of another day: the workspace has been used since, if that deletion had failed.
  if (await readExit(directory)) await removeDetachedCommand(directory);
  const question = { workspace, containerId: container.id, id, argv: ['keep', id] as const, what: 'Keeping the work', patienceMs: PATIENCE_MS, shape: keepAnswerSchema, signal, progress };
  return askWrapper(engine, question, async (answer, exchange) => {
    await failpoint('keep.bundle-made');
    if (answer.keep === 'nothing') return null;
    if (answer.keep === 'files') return keepFiles(keeping, answer.reason ?? 'A bundle would not hold everything.');
    const folder = await openIncoming(workspace.id);
    let bytes = 0;
    for (const { bundle } of answer.repositories) {
      if (bundle === null) continue;
      bytes += await copyBundle(path.join(exchange, bundle), path.join(folder, bundle));
      progress?.();
    }
    await describeIncoming(workspace.id, { kind: 'bundle', bytes, repositories: answer.repositories });
    return finishIncoming(workspace.id);
  });
}

/** The files as they are. First the container goes, so that nobody writes while they move. */
async function keepFiles(keeping: Keeping, reason: string): Promise<KeptWork | null> {
  const { workspace, progress } = keeping;
  await removeContainer(keeping);
  if (!(await hasIncomingFiles(workspace.id))) {
    const files = workspaceFilesDir(workspace.id);
    if (!(await exists(files))) return null;
    await rm(path.join(files, '.anyon'), { recursive: true, force: true }); // transcripts of Claude go with the workspace
    const folder = await openIncoming(workspace.id);
    await describeIncoming(workspace.id, { kind: 'files', bytes: (await measureDiskUse(files)) ?? 0, reason });
    progress?.();
    await moveFolder(files, path.join(folder, 'files'));
  }
  return finishIncoming(workspace.id);
}

async function removeContainer({ engine, workspace, signal, progress }: Keeping): Promise<void> {
  const container = await engine.inspectContainer(containerName(workspace.id), signal);
  if (container?.labels['anyon.workspace'] === workspace.id) await engine.removeContainer(container.id, signal);
  progress?.();
}
