import { open } from 'node:fs/promises';
import { openRegularFile } from '@/server/containers/detached-command';

/** A small file that the container wrote, at most `maxBytes` of it; null when there is none or it is not a regular file. */
export async function readExchangeFile(file: string, maxBytes: number): Promise<Buffer | null> {
  let handle;
  try {
    handle = await openRegularFile(file);
  } catch {
    return null; // absent, or a trick: to the caller it is the same, there is nothing to keep
  }
  try {
    const { size } = await handle.stat();
    const buffer = Buffer.alloc(Math.min(size, maxBytes));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** The last line that is not empty in the last 4 KiB of a file of ours, at most 400 characters; null when there is none. */
export async function readLastLine(file: string): Promise<string | null> {
  let handle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  try {
    const { size } = await handle.stat();
    const from = Math.max(0, size - 4096);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
    const lines = buffer.subarray(0, bytesRead).toString('utf8').split(/[\r\n]+/).filter((line) => line.trim() !== '');
    return lines.at(-1)?.slice(0, 400) ?? null;
  } finally {
    await handle.close();
  }
}
