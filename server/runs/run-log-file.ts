import { open, type FileHandle } from 'node:fs/promises';
import { constants, fstatSync } from 'node:fs';
import { watchGrowth } from '@/server/runs/run-log-growth';
import { readFully, watchFile } from '@/server/runs/run-output-source';
import { utf8Cut } from '@/server/runs/utf8-cut';

/** Text of bytes [from, to) of a masked log. */
export interface LogChunk {
  from: number;
  to: number;
  text: string;
}

/** One masked log file as all its viewers in this process share it: one watch, and each piece near the end is decoded once. */
export interface RunLogFile {
  /**
   * At most CHUNK_BYTES from `from`, whole characters only, so that pieces that follow each other read as the file does. Null if
   * there is nothing (yet). `complete` says that the file does not grow any more: then a broken character at its end is passed on.
   */
  chunkAt(from: number, complete: boolean): Promise<LogChunk | null>;
  /** Calls back once, when `chunkAt(from)` may give more than it gave last. Returns how to forget it. */
  onGrowth(from: number, wake: () => void): () => void;
  /** True if a whole piece is known to be there from `from` on. */
  isBehind(from: number): boolean;
  close(): Promise<void>;
}

export const CHUNK_BYTES = 64 * 1024;
/** Decoded text kept for viewers that are close to each other; who is farther behind reads the file. */
const KEPT_BYTES = 1024 * 1024;

/** The file need not exist yet. */
export function openRunLogFile(path: string): RunLogFile {
  const kept = new Map<number, LogChunk>();
  const reading = new Map<number, Promise<LogChunk | null>>();
  const waiting = new Set<{ size: number; wake: () => void }>();
  let keptBytes = 0;
  let size = 0;
  /** Where a viewer waits for the rest of a broken character: bytes are there, but nothing to give. */
  let broken = { from: -1, size: 0 };
  let file: FileHandle | null = null;
  let opening: Promise<FileHandle | null> | null = null;

  async function handle(): Promise<FileHandle | null> {
    if (file) return file;
    opening ??= openIfThere(path).finally(() => (opening = null));
    file = await opening;
    return file;
  }

  async function refreshSize(): Promise<void> {
    const opened = await handle();
    if (opened) size = fstatSync(opened.fd).size;
    for (const waiter of waiting) {
      if (size <= waiter.size) continue;
      waiting.delete(waiter);
      waiter.wake();
    }
  }

  const watch = watchGrowth(
    (onGrowth) => watchFile(path, onGrowth),
    async () => {
      const before = size;
      // An unreadable disk shows up where a viewer reads; here there is nobody to tell.
      await refreshSize().catch(() => undefined);
      return size > before ? 'grown' : 'quiet';
    },
  );

  async function readChunk(from: number, complete: boolean): Promise<LogChunk | null> {
    if (size - from < CHUNK_BYTES) await refreshSize();
    const opened = await handle();
    if (!opened || size <= from) return null;
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, size - from));
    const length = await readFully(opened, buffer, from);
    const cut = complete && from + length === size ? length : utf8Cut(buffer, length);
    if (cut === 0) {
      broken = { from, size: from + length };
      return null;
    }
    const chunk = { from, to: from + cut, text: buffer.toString('utf8', 0, cut) };
    keep(chunk);
    return chunk;
  }

  function keep(chunk: LogChunk): void {
    forget(chunk.from);
    kept.set(chunk.from, chunk);
    keptBytes += chunk.to - chunk.from;
    for (const oldest of kept.keys()) {
      if (keptBytes <= KEPT_BYTES) break;
      forget(oldest);
    }
  }

  function forget(from: number): void {
    const chunk = kept.get(from);
    if (!chunk) return;
    kept.delete(from);
    keptBytes -= chunk.to - chunk.from;
  }

  return {
    chunkAt: async (from, complete) => {
      const chunk = kept.get(from);
      // A small piece from the live edge would make viewers that come later go in small steps for ever.
      if (chunk && (chunk.to === size || chunk.to - from > CHUNK_BYTES - 4)) return chunk;
      const pending = complete ? undefined : reading.get(from);
      if (pending) return pending;
      const work = readChunk(from, complete).finally(() => reading.delete(from));
      if (!complete) reading.set(from, work);
      return work;
    },
    onGrowth: (from, wake) => {
      const known = broken.from === from ? broken.size : from;
      if (size > known) {
        wake();
        return () => undefined;
      }
      const waiter = { size: known, wake };
      waiting.add(waiter);
      return () => waiting.delete(waiter);
    },
    isBehind: (from) => size - from >= CHUNK_BYTES,
    close: async () => {
      await watch.close();
      await opening;
      await file?.close();
    },
  };
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
