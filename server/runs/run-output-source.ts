import { fstatSync, readSync, watch, type FSWatcher } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { stat } from 'node:fs/promises';
import { openRegularFile } from '@/server/containers/detached-command';

/**
 * Where the collector reads one stream of a run's raw output. Offsets count as in the run's log. Reads go forward,
 * save that each may begin up to 4 KiB before the furthest byte read so far: an engine elsewhere, read through
 * `exec tail -c +N -f`, has to remember that much and to begin N that much earlier after a restart.
 */
export interface RunOutputSource {
  /** Where its first byte stands in the run's log; not 0 where attempts before it have written there. */
  readonly begin: number;
  /** Where it ends now. Throws if the output cannot be reached at present. */
  size(): Promise<number>;
  /** Fills `buffer` from `offset`, which is not before `begin`, as far as there are bytes; returns how many. 0 only at the present end. */
  read(offset: number, buffer: Buffer): Promise<number>;
  /** True if what is found where the output should be is no longer what was opened. */
  replaced(): Promise<boolean>;
  /** Starts telling of growth; null if this source cannot, then it is polled. Call the returned function to stop. */
  watchGrowth(onGrowth: () => void): (() => void) | null;
  close(): Promise<void>;
}

/**
 * A file on this host that a container writes. It belongs to the run, so nothing about it is trusted: it is opened as a
 * regular file without following links, once; a file that is put in its place later is noticed, not read. Its first byte
 * stands at `begin` of the log.
 */
export async function openHostFileSource(path: string, begin = 0): Promise<RunOutputSource> {
  const file = await openRegularFile(path);
  const { dev, ino } = await file.stat();
  return {
    begin,
    size: async () => begin + fstatSync(file.fd).size,
    read: async (offset, buffer) => readFully(file, buffer, offset - begin),
    replaced: async () => {
      const now = await stat(path).catch(() => null);
      return now === null || now.dev !== dev || now.ino !== ino;
    },
    watchGrowth: (onGrowth) => watchFile(path, onGrowth),
    close: async () => file.close(),
  };
}

/** What stands for output that the run has put away: nothing comes of it any more, and whoever reads it learns that it is not what was there. */
export function withdrawnSource(begin = 0): RunOutputSource {
  return { begin, size: async () => begin, read: async () => 0, replaced: async () => true, watchGrowth: () => null, close: async () => undefined };
}

/**
 * What is no larger than this stands at the live edge: written a moment ago, so in the page cache. Reading or writing it there
 * and then costs a few µs; by way of the thread pool it is ten times that, and with many runs that is the delay of a line.
 */
export const LIVE_EDGE_BYTES = 64 * 1024;

/** Reads until the buffer is full or the file ends; returns the number of bytes. Only larger reads leave the event loop. */
export async function readFully(file: FileHandle, buffer: Buffer, offset: number): Promise<number> {
  let length = 0;
  if (buffer.length <= LIVE_EDGE_BYTES) {
    for (let read = -1; length < buffer.length && read !== 0; length += read) {
      read = readSync(file.fd, buffer, length, buffer.length - length, offset + length);
    }
    return length;
  }
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, offset + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length;
}

/** Watches a local file for change; null where the kernel has no watch to give (its limit is per user), then poll. */
export function watchFile(path: string, onChange: () => void): (() => void) | null {
  let watcher: FSWatcher;
  try {
    watcher = watch(path, { persistent: false }, onChange);
  } catch {
    return null;
  }
  watcher.on('error', () => watcher.close());
  return () => watcher.close();
}
