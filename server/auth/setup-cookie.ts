import { isSecureDeployment } from '@/server/auth/session-cookie';
import { env } from '@/server/env';

/** Long enough to sign in at GitHub. */
const LIFETIME_SECONDS = 15 * 60;

/** Carries the one-time token of the installation to GitHub and back, in `cloud`; it is gone with the next answer of the sign-in. */
function setupCookieName(): string {
  return isSecureDeployment() ? '__Host-anyon-setup' : `anyon-setup-${new URL(env().publicUrl).port || '80'}`;
}

/** An empty token takes the cookie away. */
export function setupCookie(token: string) {
  return { name: setupCookieName(), value: token, httpOnly: true, sameSite: 'lax' as const, path: '/', secure: isSecureDeployment(), maxAge: token ? LIFETIME_SECONDS : 0 };
}

/** The token that a browser brings back; null when it has none. */
export function readSetupCookie(headers: Headers): string | null {
  const wanted = `${setupCookieName()}=`;
  const found = (headers.get('cookie') ?? '').split('; ').find((pair) => pair.startsWith(wanted));
  return found && found.length > wanted.length ? found.slice(wanted.length, wanted.length + 200) : null;
}

/** The Set-Cookie line that takes it away. */
export function clearedSetupCookie(): string {
  return `${setupCookieName()}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax${isSecureDeployment() ? '; Secure' : ''}`;
}
