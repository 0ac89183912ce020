import fs from 'node:fs';
import path from 'node:path';
import { installPackages } from './apt.mjs';
import { step } from './progress.mjs';
import { run, throwIfStopped } from './run-command.mjs';

const folders = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** True when a program of this name is installed. */
export function hasProgram(name) {
  return folders.some((folder) => fs.existsSync(`${folder}/${name}`));
}

/**
 * Installs the programs that set disk quotas, but only where they can be used: the file system of the data directory is
 * mounted with project quotas, and Anyon runs as root. A failure stops nothing: the system check says what is missing.
 */
export async function bringQuotaTools(settings) {
  if (settings.uid !== 0) return;
  const { stdout } = await run('findmnt', ['-n', '-o', 'FSTYPE,OPTIONS', '-T', nearestFolder(settings.workspacesDir)], { timeoutMs: 5_000 }).catch(() => ({ stdout: '' }));
  const packages = missingQuotaPackages(stdout);
  if (packages.length === 0) return;
  await step('Disk quotas', async (news) => {
    try {
      await installPackages(packages, 'What sets disk quotas', news);
      return `Disk quotas: ${packages.join(' and ')} installed`;
    } catch (error) {
      throwIfStopped();
      return `Disk quotas: not available (${error.message})`;
    }
  });
}

/** The folder itself, or the nearest above it that is there. */
function nearestFolder(folder) {
  let there = folder;
  while (!fs.existsSync(there)) there = path.dirname(there);
  return there;
}

/** @param {string} mount what findmnt says: type and options */
export function missingQuotaPackages(mount, has = hasProgram) {
  const [type, options = ''] = mount.trim().split(/\s+/);
  if (!['ext4', 'xfs'].includes(type) || !options.split(',').includes('prjquota')) return [];
  return [...(has('setquota') ? [] : ['quota']), ...(type === 'xfs' && !has('xfs_io') ? ['xfsprogs'] : [])];
}
