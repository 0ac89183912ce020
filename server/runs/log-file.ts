import { open, type FileHandle } from 'node:fs/promises';

/** More than any line that is worth reading as a whole. */
const MAX_RANGE_BYTES = 64 * 1024 * 1024;

/** These bytes of a masked log; null when the log is shorter, or the range is over 64 MiB. */
export async function readLogRange(file: string, range: { offset: number; bytes: number }): Promise<Buffer | null> {
  if (range.bytes > MAX_RANGE_BYTES) return null;
  return withFile(file, async (handle) => {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(range.bytes), 0, range.bytes, range.offset);
    return bytesRead === range.bytes ? buffer : null;
  });
}

/** The last line that is not empty in the last 4 KiB of a masked log, at most 400 characters; null when there is none. */
export async function readLastLine(file: string): Promise<string | null> {
  return withFile(file, async (handle) => {
    const { size } = await handle.stat();
    const from = Math.max(0, size - 4096);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
    const lines = buffer.toString('utf8', 0, bytesRead).split(/[\r\n]+/).filter((line) => line.trim() !== '');
    return lines.at(-1)?.slice(0, 400) ?? null;
  });
}

async function withFile<T>(file: string, work: (handle: FileHandle) => Promise<T>): Promise<T | null> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    return await work(handle);
  } finally {
    await handle.close();
  }
}
