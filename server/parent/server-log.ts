import fs from 'node:fs';
import { logFile } from '@/server/deployment/paths';

const LARGEST_BYTES = 20 * 1024 * 1024;

/**
 * Opens the log file for a child. The children write into the file itself, not through a pipe, so they go on unharmed when
 * the parent is killed. The caller closes the descriptor.
 */
export function openServerLog(): number {
  return fs.openSync(logFile(), 'a', 0o600);
}

/**
 * When the log has grown past 20 MiB: keeps the newest 20 MiB or so as `<file>.1` and begins anew. Copied and cut instead of
 * renamed, because the children hold it open (in append mode, so they go on at the new end).
 */
export function rotateServerLog(largestBytes = LARGEST_BYTES): void {
  const file = logFile();
  const size = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= largestBytes) return;
  fs.copyFileSync(file, `${file}.1`);
  fs.truncateSync(file, 0);
}
