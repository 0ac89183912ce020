import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';

/** True when browsers reach Anyon over https; then cookies are marked Secure and carry the `__Host-` prefix. */
export function isSecureDeployment(): boolean {
  return new URL(env().publicUrl).protocol === 'https:';
}

/**
 * Name of the cookie that holds the encrypted session token. Cookies ignore ports, so over plain http the port is part of
 * the name: two installs on one machine would sign each other out otherwise.
 */
export function sessionCookieName(): string {
  if (isSecureDeployment()) return '__Host-anyon-session';
  return `anyon-session-${new URL(env().publicUrl).port || '80'}`;
}

/** The key that session tokens are encrypted with. Throws when there is none: nothing may be signed with a guess. */
export function authSecret(): string {
  const secret = env().AUTH_SECRET;
  if (!secret) throw new AnyonError('unavailable', 'AUTH_SECRET is not set. Start Anyon with `npm run up`, which makes one, or set 32 or more random characters.');
  return secret;
}
