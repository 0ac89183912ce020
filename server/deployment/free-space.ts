import fs from 'node:fs/promises';
import { bytesInWords } from '@/server/deployment/bytes-in-words';
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
