import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';

/** What the file says; when there is none it is made first, readable by this user alone. The directory must exist. */
export async function makeOnce(file: string, make: () => string): Promise<string> {
  try {
    return (await fs.readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  // Linked into place whole, and on the disk before it is used: neither a kill nor a power cut leaves half of it, or none.
  const partial = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    await fs.writeFile(partial, make(), { mode: 0o600, flush: true });
    await fs.link(partial, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  } finally {
    await fs.rm(partial, { force: true });
  }
  await syncDirectory(path.dirname(file));
  return (await fs.readFile(file, 'utf8')).trim();
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await fs.open(directory);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
