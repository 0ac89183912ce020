import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { SetupFailure } from './failure.mjs';

/** Where the data lives; the same rule as `defaultDataDir` in server/env.ts (a test holds the two together). */
export function dataDirOf(environment, uid) {
  if (environment.ANYON_DATA_DIR) return environment.ANYON_DATA_DIR;
  if (environment.ANYON_DEPLOYMENT_MODE === 'cloud') return `${environment.ANYON_CLOUD_BASE_DIR || '/var/opt/anyon'}/data`;
  if (uid === 0) return '/var/lib/anyon';
  return path.join(environment.XDG_CONFIG_HOME || path.join(os.homedir(), '.config'), 'anyon');
}

/** Makes the data directory if it is absent, or fails with a sentence; its folders and modes are the product's own work. */
export function prepareDataDir(dataDir) {
  try {
    fs.mkdirSync(dataDir, { recursive: true });
    fs.accessSync(dataDir, fs.constants.W_OK | fs.constants.X_OK);
  } catch (error) {
    throw new SetupFailure(`The data directory ${dataDir} cannot be made or written: ${error.message}.`, 'Give it to this user, or name another one with ANYON_DATA_DIR.');
  }
}
