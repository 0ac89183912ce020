import { readFile, realpath } from 'node:fs/promises';
import os from 'node:os';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { env } from '@/server/env';
import { mountOf, type Mount } from '@/server/deployment/mounts';
import { nearestFolder } from '@/server/deployment/nearest-folder';
import { workspacesDir } from '@/server/deployment/paths';
import { readProjectUse } from '@/server/deployment/project-quota';
import { runProgram } from '@/server/deployment/run-program';

export type QuotaSupport = { supported: true; reason: string; mount: Mount } | { supported: false; reason: string };

const kernelOptions: Readonly<Record<string, string>> = { ext4: 'CONFIG_QFMT_V2', xfs: 'CONFIG_XFS_QUOTA' };

/** Looks whether the file system of the workspaces' files can limit a directory, down to asking it; the reason is a sentence either way. */
export async function findQuotaSupport(): Promise<QuotaSupport> {
  const { ANYON_DISK_QUOTA: mode } = env();
  const place = workspacesDir();
  if (mode === 'off') return no('Switched off with ANYON_DISK_QUOTA=off.');
  const mount = mountOf(await readFile('/proc/self/mountinfo', 'utf8').catch(() => ''), await realpath(await nearestFolder(place)));
  if (!mount) return no(`It is not to be seen which file system ${place} lies on.`);
  const kernelOption = kernelOptions[mount.type];
  if (!kernelOption) return no(`${place} lies on ${mount.type}; only ext4 and xfs can limit a directory.`);
  if (!mount.options.includes('prjquota')) return no(await whyNotMounted(mount, kernelOption));
  if (process.getuid?.() !== 0) return no('Only root may set disk quotas, and Anyon runs as another user.');
  for (const program of mount.type === 'xfs' ? ['setquota', 'repquota', 'xfs_io'] : ['setquota', 'repquota']) {
    if ((await runProgram(program, ['-V'])).exitCode === null) return no(`The program ${program} is not installed (on Debian: apt-get install quota${mount.type === 'xfs' ? ' xfsprogs' : ''}).`);
  }
  const report = await readProjectUse(mount);
  if ('reason' in report) return no(`The file system at ${mount.mountPoint} does not tell its quotas: ${report.reason}.`);
  return { supported: true, reason: `Project quotas of ${mount.type} at ${mount.mountPoint}.`, mount };
}

function no(reason: string): QuotaSupport {
  return { supported: false, reason };
}

async function whyNotMounted(mount: Mount, kernelOption: string): Promise<string> {
  if (await kernelLacks(kernelOption)) return `The kernel was built without ${kernelOption}, so ${mount.type} has no quotas here.`;
  const prepare = mount.type === 'ext4' ? `, after \`tune2fs -O project,quota ${mount.device}\` while it is not mounted` : '';
  return `The file system at ${mount.mountPoint} is mounted without project quotas. Add prjquota to its options in /etc/fstab and mount it anew${prepare}.`;
}

/** True only when the kernel's own configuration says so; where it is not to be read, nobody knows. */
async function kernelLacks(option: string): Promise<boolean> {
  const config = (await readGzipped('/proc/config.gz')) ?? (await readFile(`/boot/config-${os.release()}`, 'utf8').catch(() => null));
  return config !== null && !new RegExp(`^${option}=[ym]$`, 'm').test(config);
}

async function readGzipped(file: string): Promise<string | null> {
  return readFile(file).then(async (bytes) => (await promisify(gunzip)(bytes)).toString('utf8'), () => null);
}
