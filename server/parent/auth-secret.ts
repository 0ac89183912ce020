import { randomBytes } from 'node:crypto';
import { authSecretFile } from '@/server/deployment/paths';
import { env } from '@/server/env';
import { makeOnce } from '@/server/parent/make-once';

/**
 * The secret that signs session cookies: AUTH_SECRET, else one made once and kept in the data directory (mode 0600). The
 * keys directory must exist.
 */
export async function authSecret(): Promise<string> {
  return env().AUTH_SECRET ?? makeOnce(authSecretFile(), () => randomBytes(48).toString('base64url'));
}
