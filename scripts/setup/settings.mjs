import { dataDirOf } from './data-dir.mjs';
import { SetupFailure } from './failure.mjs';

/**
 * What the set-up needs to know before server/env.ts can run (it needs the dependencies). Only the values used here;
 * everything else is checked by the product itself. `uid` is the numeric user of this process. `tolerant` puts the default in the place of what is
 * wrong: for whoever lets the product itself say all that is wrong, in one list.
 * @param {Record<string, string | undefined>} [environment]
 */
export function readSettings(environment = process.env, uid = process.getuid(), { tolerant = false } = {}) {
  const problems = [];
  const given = dataDirOf(environment, uid);
  const dataDir = given.startsWith('/') ? given : dataDirOf({}, uid);
  if (dataDir !== given) problems.push(`ANYON_DATA_DIR must be an absolute path; it is "${given}".`);
  const settings = {
    dataDir,
    workspacesDir: environment.ANYON_WORKTREE_DIR || `${dataDir}/workspaces`,
    tempDir: environment.ANYON_TEMP_DIR || (environment.ANYON_DEPLOYMENT_MODE === 'cloud' ? `${environment.ANYON_CLOUD_BASE_DIR || '/var/opt/anyon'}/tmp` : '/tmp/anyon'),
    uid,
    host: environment.ANYON_HOST || '127.0.0.1',
    port: readPort(environment, 'ANYON_PORT', 3000, problems),
    instance: environment.ANYON_INSTANCE || 'anyon',
    image: environment.ANYON_CLOUD_IMAGE || 'anyon-claude:latest',
    baseImage: environment.ANYON_BASE_IMAGE || 'node:24-bookworm-slim',
    claudeCodeVersion: environment.CLAUDE_CODE_VERSION || '',
    extraCaCerts: environment.ANYON_EXTRA_CA_CERTS || '',
    debianMirror: environment.ANYON_DEBIAN_MIRROR || '',
    containerUid: Number(environment.ANYON_DOCKER_USER || (uid === 0 ? 1000 : uid)),
    minFreeBytes: readBytes(environment, 'ANYON_MIN_FREE_BYTES', 1024 ** 3, problems),
    logFile: environment.ANYON_LOG_FILE || '',
    databaseUrl: environment.DATABASE_URL || '',
    dockerHost: environment.DOCKER_HOST || '',
    publicUrl: (environment.ANYON_URL || `http://localhost:${environment.ANYON_PORT || 3000}`).replace(/\/$/, ''),
  };
  if (problems.length > 0 && !tolerant) throw new SetupFailure(problems.join('\n  '), 'Correct that and start again.');
  return settings;
}

function readPort(environment, name, otherwise, problems) {
  const value = Number(environment[name] || otherwise);
  if (Number.isInteger(value) && value >= 1 && value <= 65_535) return value;
  problems.push(`${name} must be a port from 1 to 65535; it is "${environment[name]}".`);
  return otherwise;
}

function readBytes(environment, name, otherwise, problems) {
  const value = Number(environment[name] || otherwise);
  if (Number.isSafeInteger(value) && value > 0) return value;
  problems.push(`${name} must be a number of bytes above 0; it is "${environment[name]}".`);
  return otherwise;
}
