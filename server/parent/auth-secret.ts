import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import { authSecretFile } from '@/server/deployment/paths';
import { env } from '@/server/env';

/**
 * The secret that signs session cookies: AUTH_SECRET, else one made once and kept in the data directory (mode 0600). The
 * keys directory must exist.
 */
export async function authSecret(): Promise<string> {
  const given = env().AUTH_SECRET;
  if (given) return given;
  const file = authSecretFile();
  try {
    // Linked into place whole: a kill in the middle never leaves half a secret.
    const partial = `${file}.${process.pid}`;
    await fs.writeFile(partial, randomBytes(48).toString('base64url'), { mode: 0o600 });
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
