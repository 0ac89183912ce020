import fs from 'node:fs/promises';

/** What the file says; when there is none it is made first, readable by this user alone. The directory must exist. */
export async function makeOnce(file: string, make: () => string): Promise<string> {
  try {
    // Linked into place whole: a kill in the middle never leaves half a secret.
    const partial = `${file}.${process.pid}`;
    await fs.writeFile(partial, make(), { mode: 0o600, flush: true });
    try {
      await fs.link(partial, file);
    } finally {
      await fs.rm(partial, { force: true });
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return (await fs.readFile(file, 'utf8')).trim();
}
