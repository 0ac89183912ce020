import fs from 'node:fs';
import path from 'node:path';
import { run } from './run-command.mjs';

/** As server/deployment/secrets-place.ts mounts it and marks who uses it. */
const DEVICE = 'anyon-secrets';
const INSTALL_PREFIX = '.install-';
const NOT_MOUNTED = '.not-mounted';
const PLACE_MARK = '.place';

/**
 * Takes away what runs were given, and the memory file system that Anyon has mounted for it, unless another install keeps
 * something there. To be called when no container of this install runs any more: nothing stays on a disk while Anyon is down.
 * @param {{ tempDir: string }} settings
 * @returns {Promise<'unmounted' | 'removed' | 'none' | 'in use'>}
 */
export async function takeSecretsAway({ tempDir }) {
  const place = path.join(tempDir, 'cloud-secrets');
  if (!fs.existsSync(place)) return 'none';
  if (fs.readdirSync(place).filter((name) => name.startsWith(INSTALL_PREFIX)).length > 1) return 'in use';
  const removed = removeFolders(place);
  if (!isMounted(place)) return removed ? 'removed' : 'none';
  // More than one when somebody has mounted it twice: what is below must not come to light.
  while (isMounted(place)) if ((await run('umount', [place])).code !== 0) return 'in use';
  fs.rmSync(path.join(place, NOT_MOUNTED), { force: true });
  return 'unmounted';
}

/**
 * Of attempts, and what was being made; links are not followed. True when there was one.
 * @param {string} place
 */
function removeFolders(place) {
  const folders = fs.readdirSync(place, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => path.join(place, name));
  const found = folders.flatMap((folder) => fs.readdirSync(folder).filter((name) => name !== PLACE_MARK).map((name) => path.join(folder, name)));
  for (const one of found) fs.rmSync(one, { recursive: true, force: true });
  return found.length > 0;
}

/** @param {string} place */
function isMounted(place) {
  const real = fs.existsSync(place) ? fs.realpathSync(place) : place;
  return fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\n').some((line) => line.split(' ')[4] === real && line.includes(` - tmpfs ${DEVICE} `));
}
