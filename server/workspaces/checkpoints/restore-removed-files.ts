import path from 'node:path';
import { rm } from 'node:fs/promises';
import { eq } from 'drizzle-orm';
import { removedWorkspaces } from '@/db/schema';
import type { ContainerEngine } from '@/server/containers/engine';
import { database } from '@/server/database';
import { removedDir, workspaceFilesDir } from '@/server/deployment/paths';
import { AnyonError } from '@/server/errors';
import { foundCheckpointsSchema } from '@/server/workspaces/checkpoints/checkpoint-report';
import { storeCheckpoints } from '@/server/workspaces/checkpoints/checkpoint-rows';
import { exists, readKeptWork, type KeptRepository, type KeptWork } from '@/server/workspaces/checkpoints/kept-folder';
import { moveContents } from '@/server/workspaces/checkpoints/move-files';
import { askWrapper } from '@/server/workspaces/checkpoints/wrapper-answer';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

const PATIENCE_MS = 10 * 60_000;

export interface RestoreRequest {
  workspace: WorkspaceRow;
  containerId: string;
  /** Called ten times a second while something is under way, with what it is. */
  onProgress: (line: string) => Promise<void>;
  signal: AbortSignal;
}

/**
 * Instead of a clone: gives a new workspace the kept work of a deleted one, out of bundles inside its container, or by moving
 * the files. False when the workspace does not come out of one. Safe to repeat: the kept work stays until the workspace has
 * been up. Throws `precondition` when it is gone.
 */
export async function restoreRemovedFiles(engine: ContainerEngine, request: RestoreRequest): Promise<boolean> {
  const { workspace } = request;
  if (workspace.fromRemovedId === null) return false;
  const source = await keptWorkOf(workspace.fromRemovedId);
  if (!source) throw new AnyonError('precondition', 'The work that this workspace should begin with is not kept any more. Delete the workspace and make a new one.');
  const { folder, kept } = source;
  if (kept.kind === 'files') await moveContents(path.join(folder, 'files'), workspaceFilesDir(workspace.id));
  else await bringBack(engine, request, folder, kept.repositories);
  return true;
}

async function bringBack(engine: ContainerEngine, { workspace, containerId, onProgress, signal }: RestoreRequest, folder: string, repositories: readonly KeptRepository[]): Promise<void> {
  const id = 'bring-back';
  const told = { repositories: repositories.map((repository) => ({ ...repository, url: addressOf(workspace, repository.name) })) };
  const bundles = repositories.flatMap(({ bundle }) => (bundle === null ? [] : [{ name: bundle, copyOf: path.join(folder, bundle) }]));
  const question = {
    workspace,
    containerId,
    id,
    argv: ['bring-back', id] as const,
    files: [{ name: 'kept.json', text: JSON.stringify(told) }, ...bundles],
    what: 'Bringing back the work',
    patienceMs: PATIENCE_MS,
    progress: () => onProgress('Bringing back the work of the deleted workspace'),
    shape: foundCheckpointsSchema,
    signal,
  };
  await askWrapper(engine, question, (found) => storeCheckpoints(workspace.id, found));
}

/** Null for a repository that is not one of the workspace's own: it gets no remote. */
function addressOf({ repositoryUrl, extraRepositories }: WorkspaceRow, name: string): string | null {
  if (name === 'repo') return repositoryUrl;
  return extraRepositories.find(({ folder }) => name === `repositories/${folder}`)?.url ?? null;
}

async function keptWorkOf(removedId: string): Promise<{ folder: string; kept: KeptWork } | null> {
  const [removed] = await database().select({ workspaceId: removedWorkspaces.workspaceId }).from(removedWorkspaces).where(eq(removedWorkspaces.id, removedId));
  const kept = removed && (await readKeptWork(removed.workspaceId));
  return kept ? { folder: removedDir(removed.workspaceId), kept } : null;
}

/** A restored workspace is deleted before it has been up: files that were moved to it go back to where they are kept. No container may hold them. */
export async function giveBackFiles(workspace: WorkspaceRow, removedId: string): Promise<void> {
  const source = await keptWorkOf(removedId);
  const files = workspaceFilesDir(workspace.id);
  if (source?.kept.kind !== 'files' || !(await exists(files))) return;
  await rm(path.join(files, '.anyon'), { recursive: true, force: true });
  await moveContents(files, path.join(source.folder, 'files'));
}

/**
 * A deletion had failed after the work was kept, and now the workspace is started again: files that were moved away come
 * back, and what was kept is dropped, for it would soon be out of date. Does nothing in every other case.
 */
export async function takeBackKeptWork(workspace: Pick<WorkspaceRow, 'id'>): Promise<void> {
  const kept = await readKeptWork(workspace.id);
  if (!kept) return;
  const files = workspaceFilesDir(workspace.id);
  if (kept.kind === 'files') await moveContents(path.join(removedDir(workspace.id), 'files'), files);
  else if (!(await exists(path.join(files, 'repo')))) return; // the deletion had come that far: the bundle is all that there is
  await rm(removedDir(workspace.id), { recursive: true, force: true });
  await database().delete(removedWorkspaces).where(eq(removedWorkspaces.workspaceId, workspace.id));
}
