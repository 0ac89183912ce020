import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import { secretKeyFile } from '@/server/deployment/paths';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';
import { makeOnce } from '@/server/parent/make-once';
import { assertStrongAuthSecret } from '@/server/secrets/key-check';
import { makeKeyring, type WrittenKeys } from '@/server/secrets/keyring';

/** Throws, naming the variable, when a key of the environment is missing where it is demanded, or weak. Makes nothing. */
export function checkGivenKeys(): void {
  const { ANYON_SECRET_KEY, ANYON_SECRET_KEYS_BEFORE, ANYON_DEPLOYMENT_MODE } = env();
  assertStrongAuthSecret(env());
  if (ANYON_SECRET_KEY) makeKeyring({ ANYON_SECRET_KEY, ANYON_SECRET_KEYS_BEFORE });
  else if (ANYON_DEPLOYMENT_MODE === 'cloud') {
    throw new AnyonError('precondition', 'ANYON_SECRET_KEY is not set. It seals every secret and is demanded in the mode cloud: 32 random bytes, made with `openssl rand -base64 32`. Keep a copy; without it no secret can be read.');
  }
}

/**
 * The keys that seal secrets: ANYON_SECRET_KEY, else (in `local`) one made once and kept in the data directory, mode 0600. When
 * there are both, the kept one opens what it has sealed. The keys directory must exist.
 */
export async function secretKeys(): Promise<WrittenKeys> {
  checkGivenKeys();
  const { ANYON_SECRET_KEY: given, ANYON_SECRET_KEYS_BEFORE: before } = env();
  if (!given) return { ANYON_SECRET_KEY: await makeOnce(secretKeyFile(), () => randomBytes(32).toString('base64')), ANYON_SECRET_KEYS_BEFORE: before };
  const kept = await fs.readFile(secretKeyFile(), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return '';
  });
  const all = [before, kept.trim()].filter((key) => key && key !== given);
  return { ANYON_SECRET_KEY: given, ANYON_SECRET_KEYS_BEFORE: all.join(',') || undefined };
}
