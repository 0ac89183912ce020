import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import { secretKeyFile } from '@/server/deployment/paths';
import { env } from '@/server/env';
import { makeOnce } from '@/server/parent/make-once';
import { assertRightGivenKeys } from '@/server/secrets/given-keys';
import type { WrittenKeys } from '@/server/secrets/keyring';

/**
 * The keys that seal secrets: ANYON_SECRET_KEY, else (in `local`) one made once and kept in the data directory, mode 0600. When
 * there are both, the kept one opens what it has sealed. The keys directory must exist.
 */
export async function secretKeys(): Promise<WrittenKeys> {
  assertRightGivenKeys();
  const { ANYON_SECRET_KEY: given, ANYON_SECRET_KEYS_BEFORE: before } = env();
  if (!given) return { ANYON_SECRET_KEY: await makeOnce(secretKeyFile(), () => randomBytes(32).toString('base64')), ANYON_SECRET_KEYS_BEFORE: before };
  const kept = await fs.readFile(secretKeyFile(), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return '';
  });
  const all = [before, kept.trim()].filter((key) => key && key !== given);
  return { ANYON_SECRET_KEY: given, ANYON_SECRET_KEYS_BEFORE: all.join(',') || undefined };
}
