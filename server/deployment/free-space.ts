import fs from 'node:fs/promises';
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
    `The disk is nearly full: ${describe(free)} free at ${path}, and at least ${describe(minBytes)} are needed. Free some space and try again.`,
  );
}

function describe(bytes: number): string {
  const gib = bytes / 1024 ** 3;
  return gib >= 1 ? `${gib.toFixed(1)} GiB` : `${Math.floor(bytes / 1024 ** 2)} MiB`;
}
