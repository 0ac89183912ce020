import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';
import { allRemovedDir, keysDir, logFile, postgresDir, runLogsDir, workspacesDir } from '@/server/deployment/paths';
import { markPlace } from '@/server/deployment/place-mark';

/** A folder that Anyon makes, with the variable that moves it. */
export interface WantedDirectory {
  path: string;
  mode: number;
  variable: 'ANYON_DATA_DIR' | 'ANYON_WORKTREE_DIR' | 'ANYON_ASSET_DIR' | 'ANYON_LOG_FILE' | 'ANYON_TEMP_DIR';
  /** Others may lie in it (ANYON_LOG_FILE=/var/log/anyon.log): then its mode is somebody else's to decide about, if it was there before. */
  shared?: boolean;
}

/**
 * The folders and their modes, the outer before the inner. With the embedded Postgres, root's data directory may be passed through
 * (not read) by other users, because that never runs as root; so may the folder of the workspaces, whose files are another user's. Secrets
 * of runs have rules of their own (secrets-place.ts).
 */
export function wantedDirectories(): WantedDirectory[] {
  const embedded = env().DATABASE_URL === undefined || existsSync(path.join(postgresDir(), 'cluster'));
  const [root, passable] = [process.getuid?.() === 0, 0o711];
  const outer = root && embedded ? passable : 0o700;
  const { dataDir, assetDir } = env();
  return [
    { path: dataDir, mode: outer, variable: 'ANYON_DATA_DIR' },
    { path: postgresDir(), mode: outer, variable: 'ANYON_DATA_DIR' },
    { path: keysDir(), mode: 0o700, variable: 'ANYON_DATA_DIR' },
    { path: workspacesDir(), mode: root ? passable : 0o700, variable: 'ANYON_WORKTREE_DIR' },
    ...(assetDir === dataDir ? [] : [{ path: assetDir, mode: 0o700, variable: 'ANYON_ASSET_DIR', shared: true } as const]),
    { path: runLogsDir(), mode: 0o700, variable: 'ANYON_ASSET_DIR' },
    { path: allRemovedDir(), mode: 0o700, variable: 'ANYON_ASSET_DIR' },
    { path: path.dirname(logFile()), mode: 0o700, variable: 'ANYON_LOG_FILE', shared: !logFile().startsWith(`${dataDir}/`) },
  ];
}

/** Makes the folders, with their modes, whatever the umask is. Says in a folder of the workspaces that lies elsewhere whose it is. */
export async function ensureDirectories(): Promise<void> {
  for (const directory of wantedDirectories()) await ensureDirectory(directory);
  await markPlace();
}

async function ensureDirectory({ path: directory, mode, variable, shared }: WantedDirectory): Promise<void> {
  try {
    const made = await fs.mkdir(directory, { recursive: true, mode });
    if (made !== undefined || !shared) await fs.chmod(directory, mode);
  } catch (error) {
    throw new AnyonError('precondition', `The directory ${directory} cannot be made or used. Give it to the user that runs Anyon, or name another with ${variable}.`, { cause: error });
  }
}
