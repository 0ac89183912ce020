import path from 'node:path';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';

/**
 * Every place of the product, in one list. Only the workspaces' is ever mounted into containers; keys, database and
 * logs lie elsewhere. Ids are checked, so no id can lead out of its folder.
 */
export function postgresDir(): string {
  return inData('postgres');
}

/** Secrets of this install, readable by the product's user alone. */
export function keysDir(): string {
  return inData('keys');
}

/** Signs the session cookies; made once. */
export function authSecretFile(): string {
  return path.join(keysDir(), 'auth-secret');
}

/** Seals the secrets in the database; made once, unless ANYON_SECRET_KEY is given. */
export function secretKeyFile(): string {
  return path.join(keysDir(), 'secret-key');
}

/** The log of all processes of the product. */
export function logFile(): string {
  return env().ANYON_LOG_FILE ?? inData('logs', 'server.log');
}

/** How far the log collector has acknowledged the log. */
export function shippedLogFile(): string {
  return inData('meters', 'shipped-log.json');
}

/** What the worker has counted and timed, for /api/metrics. */
export function workerMetersFile(): string {
  return inData('meters', 'worker.json');
}

/** The same of the parent. */
export function parentMetersFile(): string {
  return inData('meters', 'parent.json');
}

/** What the parent and its children are right now; read by `npm run up` and `npm run down`. */
export function parentStatusFile(): string {
  return inData('parent.json');
}

/** One folder for each workspace; what else is in it is taken for left over. */
export function workspacesDir(): string {
  return env().workspacesDir;
}

export function workspaceDir(workspaceId: string): string {
  return path.join(workspacesDir(), checkedId(workspaceId));
}

/** Mounted at /workspace. */
export function workspaceFilesDir(workspaceId: string): string {
  return path.join(workspaceDir(workspaceId), 'files');
}

/** Mounted at /anyon/exchange: one directory per detached command. */
export function workspaceExchangeDir(workspaceId: string): string {
  return path.join(workspaceDir(workspaceId), 'exchange');
}

/** The log of the last set-up script and what is kept of its result; never mounted. */
export function workspaceSetupDir(workspaceId: string): string {
  return path.join(workspaceDir(workspaceId), 'setup');
}

/** Results of set-up scripts for further workspaces of the same owner: one folder per owner; never mounted. */
export function setupCachesDir(): string {
  return path.join(env().assetDir, 'setup-caches');
}

/** What runs and clones are given, for as long as they live. Installs of one machine share the place when they share ANYON_TEMP_DIR. */
export function secretsDir(): string {
  return path.join(env().tempDir, 'cloud-secrets');
}

/** Mounted read-only at /anyon/secrets: a container sees those of its own workspace and no others. */
export function workspaceSecretsDir(workspaceId: string): string {
  return path.join(secretsDir(), checkedId(workspaceId));
}

/** The secrets of one attempt: a start of Claude Code for a run, or a clone. */
export function attemptSecretsDir(workspaceId: string, attempt: string): string {
  return path.join(workspaceSecretsDir(workspaceId), checkedId(attempt));
}

/** Which database the files here belong to (server/workspaces/reconcile/directory-owner.ts). */
export function databaseMarkFile(): string {
  return inData('database.json');
}

/** Kept work of deleted workspaces, a folder for each. */
export function allRemovedDir(): string {
  return path.join(env().assetDir, 'removed');
}

/** The kept work of a deleted workspace; never mounted. */
export function removedDir(workspaceId: string): string {
  return path.join(allRemovedDir(), checkedId(workspaceId));
}

/** Logs of runs, a folder for each. */
export function runLogsDir(): string {
  return path.join(env().assetDir, 'runs');
}

/** Masked logs and the diff of a run; never mounted. */
export function runLogDir(runId: string): string {
  return path.join(runLogsDir(), checkedId(runId));
}

/** Where `npm run backup` writes when no place is named. */
export function backupsDir(): string {
  return path.join(env().assetDir, 'backups');
}

function inData(...parts: string[]): string {
  return path.join(env().dataDir, ...parts);
}

function checkedId(id: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/.test(id)) return id;
  throw new AnyonError('invalid', `"${id.slice(0, 80)}" is no id.`);
}
