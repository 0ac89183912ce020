import fs from 'node:fs';
import path from 'node:path';
import { SetupFailure } from './failure.mjs';
import { portHolder, portIsFree } from './port-holder.mjs';
import { lives } from './process-identity.mjs';

/** What the parent last said about itself (server/parent/parent-status.ts); null when none ever ran. */
export function readStatus(settings) {
  try {
    return JSON.parse(fs.readFileSync(path.join(settings.dataDir, 'parent.json'), 'utf8'));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(error.code)) return null; // the start says what is wrong with the directory
    throw error;
  }
}

/** The living parent; null when none runs. */
export function runningParent(settings) {
  const status = readStatus(settings);
  return status && lives(status) ? status : null;
}

/** Fails when something else than this install holds the port that the product is to listen on. */
export async function assertPortIsOurs(settings) {
  const status = readStatus(settings);
  if (await portIsFree(settings.host, settings.port)) return;
  const ours = Object.values(status?.children ?? {}).some((child) => lives(child)) && status.port === settings.port;
  if (ours) return;
  const holder = portHolder(settings.port);
  const who = holder ? ` by ${holder.program} (process ${holder.pid})` : '';
  throw new SetupFailure(`Port ${settings.port} is taken${who}.`, `Stop that program, or choose another port:  ANYON_PORT=${settings.port + 1} npm run up`);
}
