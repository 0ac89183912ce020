import { readSettings } from '../setup/settings.mjs';

/** Where the bundles of development lie: beside dist/, so that neither a build nor a running product is touched. */
export const BUNDLES = '.dev';

/**
 * The environment of development: what is given, and for the rest a data directory and a name on the engine of its own, so that no
 * experiment reaches what `npm run up` keeps. The debugger listens on this machine alone.
 * @param {Record<string, string | undefined>} [given]
 */
export function developmentEnvironment(given = process.env, uid = process.getuid()) {
  const { dataDir, containerUid } = readSettings(given, uid);
  return {
    ...given,
    NODE_ENV: 'development',
    NEXT_TELEMETRY_DISABLED: '1',
    ANYON_DATA_DIR: given.ANYON_DATA_DIR || `${dataDir}-dev`,
    ANYON_INSTANCE: given.ANYON_INSTANCE || 'anyon-dev',
    ANYON_DOCKER_USER: String(containerUid),
    ANYON_INSPECT: given.ANYON_INSPECT || '127.0.0.1:9229',
    ANYON_RELEASE: 'development',
  };
}
