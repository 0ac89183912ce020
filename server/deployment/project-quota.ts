import { createHash } from 'node:crypto';
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { AnyonError } from '@/server/errors';
import type { Mount } from '@/server/deployment/mounts';
import { runProgram } from '@/server/deployment/run-program';

/**
 * Project quotas of ext4 and XFS: a number on a directory, which everything made below inherits, and a limit for that number.
 * The directory itself keeps its number, so nothing has to be remembered elsewhere.
 */
const lowestId = 2 ** 30; // far from the small numbers that people and Docker give out
const idCount = 2 ** 30;
/** Arguments of one command. */
const batch = 500;
const blockBytes = 1024;

/** The project numbers of directories on one file system; 0 for none. Those that are gone or cannot be read are left out. */
export async function projectIds(directories: readonly string[]): Promise<Map<string, number>> {
  const ids = new Map<string, number>();
  for (let at = 0; at < directories.length; at += batch) {
    const { stdout } = await runProgram('lsattr', ['-p', '-d', '--', ...directories.slice(at, at + batch)]);
    for (const line of stdout.split('\n')) {
      const match = /^\s*(\d+) \S+ (\/.*)$/.exec(line);
      if (match?.[1] && match[2]) ids.set(match[2], Number(match[1]));
    }
  }
  return ids;
}

/** A number from `name` that none of `taken` is: always the same one, unless that is taken. */
export function chooseProjectId(name: string, taken: ReadonlySet<number>): number {
  let offset = createHash('sha256').update(name).digest().readUInt32BE(0) % idCount;
  while (taken.has(lowestId + offset)) offset = (offset + 1) % idCount;
  return lowestId + offset;
}

/**
 * Gives everything in `directory` the number, now and in future. Files from before are marked one by one: meant for a
 * directory that no container writes to at that moment. Throws `unavailable`.
 */
export async function setProjectId(mount: Mount, directory: string, id: number): Promise<void> {
  if (mount.type === 'xfs') {
    await runOrThrow('xfs_io', ['-r', '-c', `chproj -R ${id}`, '-c', 'chattr -R +P', directory], 'mark the files of a workspace for its disk quota', 10 * 60_000);
    return;
  }
  // ext4 refuses the inheritance flag for files, and chattr -R gives up on each file that it is refused for.
  const { directories, files } = await walk(directory);
  for (const [flags, paths] of [[['+P'], directories], [[], files]] as const) {
    for (let at = 0; at < paths.length; at += batch) {
      await runOrThrow('chattr', ['-p', String(id), ...flags, '--', ...paths.slice(at, at + batch)], 'mark the files of a workspace for its disk quota');
    }
  }
}

/** Real directories and regular files only: no link is followed. */
async function walk(top: string): Promise<{ directories: string[]; files: string[] }> {
  const found = { directories: [] as string[], files: [] as string[] };
  if (!(await lstat(top)).isDirectory()) throw new AnyonError('invalid', `${top} is not a directory.`);
  const waiting = [top];
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    found.directories.push(directory);
    for (const entry of await readdir(directory, { withFileTypes: true })) {
      const full = path.join(directory, entry.name);
      if (entry.isDirectory()) waiting.push(full);
      else if (entry.isFile()) found.files.push(full);
    }
  }
  return found;
}

/** Limits the project; null lifts the limit and goes on counting. Throws `unavailable`. */
export async function setProjectLimit(mount: Mount, id: number, bytes: number | null): Promise<void> {
  const blocks = bytes === null ? 0 : Math.max(1, Math.ceil(bytes / blockBytes));
  await runOrThrow('setquota', ['-P', String(id), '0', String(blocks), '0', '0', mount.mountPoint], 'set the disk quota of a workspace');
}

/** Bytes in use of every project of the file system; null when the file system does not tell. `reason` gets why. */
export async function readProjectUse(mount: Mount): Promise<{ use: Map<number, number> } | { reason: string }> {
  const { exitCode, stdout, stderr } = await runProgram('repquota', ['-P', '-n', '-O', 'csv', mount.mountPoint]);
  if (exitCode !== 0) return { reason: stderr.trim().split('\n')[0] || `repquota ended with ${exitCode}` };
  const use = new Map<number, number>();
  for (const line of stdout.split('\n')) {
    const match = /^#(\d+),[^,]*,[^,]*,(\d+),/.exec(line);
    if (match) use.set(Number(match[1]), Number(match[2]) * blockBytes);
  }
  return { use };
}

async function runOrThrow(program: string, args: readonly string[], what: string, timeoutMs?: number): Promise<void> {
  const { exitCode, stderr } = await runProgram(program, args, timeoutMs);
  if (exitCode !== 0) throw new AnyonError('unavailable', `Could not ${what}: ${stderr.trim().split('\n')[0] || `${program} ended with ${exitCode}`}.`);
}
