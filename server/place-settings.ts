import os from 'node:os';
import path from 'node:path';

/** What of the settings concerns places on the disk. */
export interface PlaceSettings {
  ANYON_DEPLOYMENT_MODE: 'local' | 'cloud';
  ANYON_CLOUD_BASE_DIR: string;
  ANYON_DATA_DIR?: string | undefined;
  ANYON_WORKTREE_DIR?: string | undefined;
  ANYON_ASSET_DIR?: string | undefined;
  ANYON_TEMP_DIR?: string | undefined;
  /** Of the environment; null where there is none. */
  configHome: string | null;
  /** Null where the system has no such numbers. */
  uid: number | null;
}

export interface Places {
  /** Keys, database, what runs now; and everything else that has no place of its own. */
  readonly dataDir: string;
  /** The workspaces' files, one folder for each. The only place that containers may see. */
  readonly workspacesDir: string;
  /** Logs of runs, kept work of deleted workspaces, set-up caches, backups. */
  readonly assetDir: string;
  /** Secrets of live runs. */
  readonly tempDir: string;
}

/** Folders of the data directory that hold something else than workspaces. */
const TAKEN = ['backups', 'engine', 'keys', 'logs', 'meters', 'postgres', 'removed', 'runs', 'setup-caches'];

/**
 * Where everything lies: by its own variable, else below the data directory. That is in the user's config directory in `local`, below
 * ANYON_CLOUD_BASE_DIR in `cloud`. For root the config directory would be below /root, which the embedded Postgres (it never runs as
 * root) may not enter; then it is /var/lib/anyon. scripts/setup/data-dir.mjs says the same.
 */
export function placesOf(settings: PlaceSettings): Places {
  const { ANYON_DEPLOYMENT_MODE: mode, ANYON_CLOUD_BASE_DIR: base, configHome, uid } = settings;
  const usual = mode === 'cloud' ? `${base}/data` : uid === 0 ? '/var/lib/anyon' : path.join(configHome ?? path.join(os.homedir(), '.config'), 'anyon');
  const dataDir = settings.ANYON_DATA_DIR ?? usual;
  return {
    dataDir,
    workspacesDir: path.resolve(settings.ANYON_WORKTREE_DIR ?? path.join(dataDir, 'workspaces')),
    assetDir: path.resolve(settings.ANYON_ASSET_DIR ?? dataDir),
    tempDir: settings.ANYON_TEMP_DIR ?? (mode === 'cloud' ? `${base}/tmp` : '/tmp/anyon'),
  };
}

/**
 * What is wrong with how the places lie to each other. Containers see folders of the workspaces' place, and what in it is no workspace's is taken
 * for left over: so nothing else may lie in it.
 */
export function placeProblems({ dataDir, workspacesDir, assetDir, tempDir }: Places): { variable: 'ANYON_WORKTREE_DIR'; message: string }[] {
  const others = { 'the data directory': dataDir, ANYON_ASSET_DIR: assetDir, ANYON_TEMP_DIR: tempDir };
  const inIt = Object.entries(others).find(([, place]) => isWithin(workspacesDir, place));
  const message = 'must be a folder for the files of workspaces alone, and';
  if (inIt) return [{ variable: 'ANYON_WORKTREE_DIR', message: `${message} ${inIt[0]} (${inIt[1]}) lies in it` }];
  const holder = [...TAKEN.flatMap((name) => [path.join(dataDir, name), path.join(assetDir, name)]), path.join(tempDir, 'cloud-secrets')].find((place) => isWithin(place, workspacesDir));
  return holder === undefined ? [] : [{ variable: 'ANYON_WORKTREE_DIR', message: `${message} ${holder} is for something else` }];
}

/** True when `place` is `folder` or lies in it. */
export function isWithin(folder: string, place: string): boolean {
  const relative = path.relative(folder, place);
  return relative === '' || (relative !== '..' && !relative.startsWith('../') && !path.isAbsolute(relative));
}
