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
