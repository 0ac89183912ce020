import fs from 'node:fs/promises';
import { bytesInWords } from '@/server/deployment/bytes-in-words';
import { nearestFolder } from '@/server/deployment/nearest-folder';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';

/**
 * Throws `limit_reached`, with figures, when the file system that holds `path` has less than `minBytes` free for an
 * ordinary user. `path` must exist.
 */
export async function assertFreeSpace(path: string, minBytes: number): Promise<void> {
  const { bavail, bsize } = await fs.statfs(path);
  const free = bavail * bsize;
  if (free >= minBytes) return;
  throw new AnyonError(
    'limit_reached',
    `The disk is nearly full: ${bytesInWords(free)} free at ${path}, and at least ${bytesInWords(minBytes)} are needed. Free some space and try again.`,
  );
}

/** A file system that Anyon writes to, by a place on it. Bytes; `available` is for an ordinary user. */
export interface DiskSpace {
  place: string;
  total: number;
  available: number;
}

/** Of the file systems that hold the data directory, the workspaces' files and the logs of runs (mostly one), the one with the least free. */
export async function readLeastSpace(): Promise<DiskSpace> {
  const { dataDir, workspacesDir, assetDir } = env();
  const disks = await Promise.all([...new Set([dataDir, workspacesDir, assetDir])].map(readSpace));
  return disks.reduce((least, one) => (one.available < least.available ? one : least));
}

async function readSpace(place: string): Promise<DiskSpace> {
  const { blocks, bavail, bsize } = await fs.statfs(await nearestFolder(place));
  return { place, total: blocks * bsize, available: bavail * bsize };
}

/** Throws `limit_reached`, with figures, when one of the file systems that Anyon writes to has less than `minBytes` free. */
export async function assertRoomToWork(minBytes: number): Promise<void> {
  return assertFreeSpace(await nearestFolder((await readLeastSpace()).place), minBytes); // a place that was not written to yet does not exist
}
