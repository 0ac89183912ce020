import { existsSync } from 'node:fs';
import { readdir, readFile, realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { workspacesDir } from '@/server/deployment/paths';
import { env } from '@/server/env';

/** Says in a folder of workspaces that lies outside the data directory which data directory it belongs to. */
const MARK = '.anyon-data-directory';

/** Names that are no workspace's and may lie in such a folder: with a dot, and what the file system itself keeps. */
const PASSED_OVER = /^\.|^lost\+found$/;
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function hasOwnPlace(): boolean {
  return path.dirname(workspacesDir()) !== path.resolve(env().dataDir);
}

/** Marks it as this data directory's. It must exist. */
export async function markPlace(): Promise<void> {
  if (hasOwnPlace()) await writeFile(path.join(workspacesDir(), MARK), `${await realpath(env().dataDir)}\n`, { mode: 0o600 });
}

/**
 * Why the folder of the workspaces is not this install's to use, null when it is: what in it is no workspace's is taken for left over and
 * removed, so it must not be another install's, nor hold anything else.
 */
export async function foreignPlace(): Promise<{ problem: string; fix: string } | null> {
  if (!hasOwnPlace()) return null;
  const place = workspacesDir();
  const ours = await realpath(env().dataDir).catch(() => env().dataDir);
  const other = await readFile(path.join(place, MARK), 'utf8').then((text) => text.trim(), () => (existsSync(path.join(place, '../parent.json')) ? path.dirname(place) : null));
  if (other !== null && other !== ours) {
    return { problem: `${place} belongs to the Anyon with the data directory ${other}.`, fix: `Name another folder with ANYON_WORKTREE_DIR. If that is the same Anyon, whose data directory was moved, remove ${path.join(place, MARK)}.` };
  }
  const strangers = (await readdir(place).catch(() => [])).filter((name) => !PASSED_OVER.test(name) && !ID.test(name));
  if (other === null && strangers.length > 0) return { problem: `${place} holds something else than workspaces (${strangers.slice(0, 3).join(', ')}), and Anyon removes there what no workspace has.`, fix: 'Name an empty folder with ANYON_WORKTREE_DIR.' };
  const left = (await readdir(path.join(env().dataDir, 'workspaces')).catch(() => [])).filter((name) => ID.test(name));
  if (left.length === 0) return null;
  return { problem: `${left.length} ${left.length === 1 ? 'workspace lies' : 'workspaces lie'} still in ${path.join(env().dataDir, 'workspaces')}, and ANYON_WORKTREE_DIR names ${place}.`, fix: `Run \`npm run down\`, then \`mv ${path.join(env().dataDir, 'workspaces')}/* ${place}/\`, or take ANYON_WORKTREE_DIR out.` };
}
