import fs from 'node:fs';
import path from 'node:path';
import { run } from './run-command.mjs';

/** As server/deployment/secrets-place.ts mounts it and marks who uses it. */
const DEVICE = 'anyon-secrets';
const INSTALL_PREFIX = '.install-';
const NOT_MOUNTED = '.not-mounted';

/**
 * Takes the memory file system for secrets away, when Anyon has mounted it and no other install keeps something there. To be
 * called when no container of this install runs any more.
 * @param {{ tempDir: string }} settings
 * @returns {Promise<'unmounted' | 'none' | 'in use'>}
 */
export async function unmountSecrets({ tempDir }) {
  const place = path.join(tempDir, 'cloud-secrets');
  if (!isMounted(place)) return 'none';
  if (fs.readdirSync(place).filter((name) => name.startsWith(INSTALL_PREFIX)).length > 1) return 'in use';
  // More than one when somebody has mounted it twice: what is below must not come to light.
  while (isMounted(place)) if ((await run('umount', [place])).code !== 0) return 'in use';
  fs.rmSync(path.join(place, NOT_MOUNTED), { force: true });
  return 'unmounted';
}

/** @param {string} place */
function isMounted(place) {
  const real = fs.existsSync(place) ? fs.realpathSync(place) : place;
  return fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\n').some((line) => line.split(' ')[4] === real && line.includes(` - tmpfs ${DEVICE} `));
}
