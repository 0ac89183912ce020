import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { runLogDir, secretsDir, workspaceDir, workspaceExchangeDir, workspaceFilesDir, workspaceSecretsDir } from '@/server/deployment/paths';
import { inTurns } from '@/server/workspaces/reconcile/in-time';
import { isId, type SeenDirectories, type SeenDirectory } from '@/server/workspaces/reconcile/machine';

/** Reads at the same time; each is quick, and there are as many as workspaces. */
const AT_ONCE = 16;
/** A container can make as many entries as it likes in what it can write to; more than so many are not looked at. */
const MOST_BY_CONTAINER = 1_000;

/**
 * The directories in which Anyon keeps things, one level deep, and those of secrets two. Only real directories count: a link is not followed, whatever
 * it is called, and neither are the places themselves when somebody has put a link there. What `hasRow` knows is left out
 * of workspaces and runs: there is nothing to find out about it.
 */
export async function lookAtDirectories(hasRow: { workspace: (id: string) => boolean; run: (id: string) => boolean }): Promise<SeenDirectories> {
  const [workspaces, runs, secrets] = await Promise.all([names(path.dirname(workspaceDir('x'))), names(path.dirname(runLogDir('x'))), names(secretsDir())]);
  const withSecrets = secrets.filter(isId);
  const known = new Set(workspaces.filter((name) => isId(name) && hasRow.workspace(name)));
  const inside = async (place: (workspaceId: string) => string, workspaceIds: Iterable<string> = known) => {
    const lists = await inTurns([...workspaceIds], async (workspaceId) => {
      const found = (await names(place(workspaceId))).slice(0, MOST_BY_CONTAINER);
      return (await see(place(workspaceId), found)).map((one) => ({ ...one, workspaceId }));
    }, AT_ONCE);
    return lists.flat();
  };
  return {
    workspaces: await see(path.dirname(workspaceDir('x')), workspaces.filter((name) => !known.has(name))),
    exchanges: await inside(workspaceExchangeDir),
    worktrees: await inside((workspaceId) => path.join(workspaceFilesDir(workspaceId), 'worktrees')),
    runs: await see(path.dirname(runLogDir('x')), runs.filter((name) => isId(name) && !hasRow.run(name))),
    secrets: await inside(workspaceSecretsDir, withSecrets),
  };
}

/** Of these workspaces, those whose files are not there. */
export async function findLostFiles(workspaceIds: readonly string[]): Promise<Set<string>> {
  const lost = await inTurns(workspaceIds, async (id) => ((await lookAt(id, workspaceFilesDir(id))) ? null : id), AT_ONCE);
  return new Set(lost.filter((id) => id !== null));
}

/** Of the directories in a place. Nothing for a place that is not there, or that is not a directory itself. */
async function names(place: string): Promise<string[]> {
  const entries = await readEntries(place);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

async function see(place: string, found: readonly string[]): Promise<SeenDirectory[]> {
  const seen = await inTurns(found, (name) => lookAt(name, path.join(place, name)), AT_ONCE);
  return seen.filter((one) => one !== null);
}

async function readEntries(place: string): Promise<Dirent[]> {
  try {
    if (!(await lstat(place)).isDirectory()) return [];
    return await readdir(place, { withFileTypes: true });
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

async function lookAt(name: string, place: string): Promise<SeenDirectory | null> {
  try {
    const stats = await lstat(place);
    return stats.isDirectory() ? { name, path: place, changedAt: new Date(Math.max(stats.mtimeMs, stats.ctimeMs)) } : null;
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '');
}
