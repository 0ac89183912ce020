import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { AnyonError } from '@/server/errors';

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK, O_DIRECTORY } = constants;

/**
 * Opens for reading a file whose folder a container can write to. What is returned is a regular file that lies in that
 * very folder: a symbolic link in the last two parts of the path, a FIFO, a device or a folder is refused with `invalid`.
 * Absent is `not_found`. The caller closes the handle.
 */
export async function openRegularFile(file: string): Promise<FileHandle> {
  const handle = await openWithoutLinks(file);
  try {
    if (!(await handle.stat()).isFile()) throw notRegular(file);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return handle;
}

async function openWithoutLinks(file: string): Promise<FileHandle> {
  let folder: FileHandle | null = null;
  try {
    folder = await open(path.dirname(file), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    // O_NONBLOCK: opening a FIFO would wait for a writer for ever. The handle of a regular file does not mind it.
    return await open(path.join(insideOf(folder, file), path.basename(file)), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (cause) {
    throw translate(cause, file);
  } finally {
    await folder?.close();
  }
}

/**
 * Node has no openat(). On Linux the opened folder is reached through /proc, so nobody can swap it for a link between the
 * two calls; elsewhere (development only) the plain path has to do.
 */
function insideOf(folder: FileHandle, file: string): string {
  return process.platform === 'linux' ? `/proc/self/fd/${folder.fd}` : path.dirname(file);
}

function translate(cause: unknown, file: string): AnyonError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return new AnyonError('not_found', `There is no file ${file}.`, { cause });
  // ELOOP: a link; ENOTDIR: the folder is none or a link; ENXIO: a socket.
  if (code === 'ELOOP' || code === 'ENOTDIR' || code === 'ENXIO') return notRegular(file, cause);
  return new AnyonError('unavailable', `The file ${file} cannot be read (${code ?? 'unknown reason'}).`, { cause });
}

function notRegular(file: string, cause?: unknown): AnyonError {
  return new AnyonError('invalid', `${file} is not a regular file: something in the container has replaced it.`, { cause });
}
