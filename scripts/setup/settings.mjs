import { dataDirOf } from './data-dir.mjs';
import { SetupFailure } from './failure.mjs';

/**
 * What the set-up needs to know before server/env.ts can run (it needs the dependencies). Only the values used here;
 * everything else is checked by the product itself. `uid` is the numeric user of this process.
 * @param {Record<string, string | undefined>} [environment]
 */
export function readSettings(environment = process.env, uid = process.getuid()) {
  const dataDir = dataDirOf(environment, uid);
  if (!dataDir.startsWith('/')) throw new SetupFailure(`ANYON_DATA_DIR must be an absolute path; it is "${dataDir}".`);
  return {
    dataDir,
    tempDir: environment.ANYON_TEMP_DIR || (environment.ANYON_DEPLOYMENT_MODE === 'cloud' ? `${environment.ANYON_CLOUD_BASE_DIR || '/var/opt/anyon'}/tmp` : '/tmp/anyon'),
    uid,
    host: environment.ANYON_HOST || '127.0.0.1',
    port: readPort(environment, 'ANYON_PORT', 3000),
    instance: environment.ANYON_INSTANCE || 'anyon',
    image: environment.ANYON_CLOUD_IMAGE || 'anyon-claude:latest',
    baseImage: environment.ANYON_BASE_IMAGE || 'node:24-bookworm-slim',
    claudeCodeVersion: environment.CLAUDE_CODE_VERSION || '',
    extraCaCerts: environment.ANYON_EXTRA_CA_CERTS || '',
    debianMirror: environment.ANYON_DEBIAN_MIRROR || '',
    containerUid: Number(environment.ANYON_DOCKER_USER || (uid === 0 ? 1000 : uid)),
    minFreeBytes: readBytes(environment, 'ANYON_MIN_FREE_BYTES', 1024 ** 3),
    logFile: environment.ANYON_LOG_FILE || '',
    databaseUrl: environment.DATABASE_URL || '',
    dockerHost: environment.DOCKER_HOST || '',
    publicUrl: (environment.ANYON_URL || `http://localhost:${readPort(environment, 'ANYON_PORT', 3000)}`).replace(/\/$/, ''),
  };
}

function readPort(environment, name, otherwise) {
  const value = Number(environment[name] || otherwise);
  if (Number.isInteger(value) && value >= 1 && value <= 65_535) return value;
  throw new SetupFailure(`${name} must be a port from 1 to 65535; it is "${environment[name]}".`);
}

function readBytes(environment, name, otherwise) {
  const value = Number(environment[name] || otherwise);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new SetupFailure(`${name} must be a number of bytes above 0; it is "${environment[name]}".`);
}
