import NextAuth, { type NextAuthConfig } from 'next-auth';
import { GITHUB_PROVIDER, githubProvider, offersGitHub, parseGitHubPerson } from '@/server/auth/github-provider';
import { admitGitHubPerson } from '@/server/auth/people';
import { authSecret, isSecureDeployment, sessionCookieName } from '@/server/auth/session-cookie';
import { findLiveSession, openSession, revokeSession, SESSION_LIFETIME_SECONDS } from '@/server/auth/sessions';
import { SETUP_TOKEN_PROVIDER, setupTokenProvider } from '@/server/auth/setup-token-provider';
import { database } from '@/server/database';
import { announcePublicUrl, env } from '@/server/env';
import { log } from '@/server/log';

/**
 * Auth.js does the OAuth dance, the cookies and the encryption. Who may sign in, and whether a session still counts, is
 * decided by our rows: the token carries only a session id and a user id, and says nothing that is believed without them.
 */
function config(): NextAuthConfig {
  announcePublicUrl();
  const secure = isSecureDeployment();
  return {
    secret: authSecret(),
    trustHost: true, // the address comes from AUTH_URL, never from the Host header
    basePath: '/api/auth',
    session: { strategy: 'jwt', maxAge: SESSION_LIFETIME_SECONDS },
    useSecureCookies: secure,
    cookies: { sessionToken: { name: sessionCookieName(), options: { httpOnly: true, sameSite: 'lax', path: '/', secure } } },
    pages: { signIn: '/sign-in', signOut: '/sign-in', error: '/sign-in' },
    providers: [setupTokenProvider(), ...(offersGitHub() ? [githubProvider()] : [])],
    callbacks,
    events: { signOut },
    logger: {
      error: (error) => log().warn({ err: error, cause: error.cause }, 'a sign-in failed'),
      warn: (code) => log().warn({ code }, 'Auth.js warns'),
      debug: () => {},
    },
  };
}

const callbacks: NextAuthConfig['callbacks'] = {
  /** Lets a person in or not; `user.id` becomes our own id, which the next callback relies on. */
  async signIn({ user, account, profile }) {
    if (account?.provider === SETUP_TOKEN_PROVIDER) return Boolean(user.id);
    if (account?.provider !== GITHUB_PROVIDER) return false;
    const person = parseGitHubPerson(profile);
    if (!person) return false;
    const { ANYON_ALLOWED_GITHUB_IDS: allowedIds, ANYON_DEPLOYMENT_MODE: mode } = env();
    const admitted = await admitGitHubPerson(database(), person, { allowedIds, firstIsAdmin: mode === 'cloud' });
    if (!admitted) return false;
    user.id = admitted.id;
    return true;
  },
  /** At sign-in opens a session; afterwards returns null (no session, cookie removed) unless the rows say it is live. */
  async jwt({ token, user, account }) {
    if (account) {
      if (!user.id) return null;
      const via = account.provider === GITHUB_PROVIDER ? 'github' : 'setup_token';
      return { sub: user.id, sid: await openSession(database(), user.id, via) };
    }
    const actor = await findLiveSession(database(), { sessionId: token['sid'], userId: token.sub });
    return actor ? { sub: actor.userId, sid: actor.sessionId } : null;
  },
  session({ session, token }) {
    return { expires: session.expires, user: { id: token.sub } };
  },
};

async function signOut(message: Parameters<NonNullable<NonNullable<NextAuthConfig['events']>['signOut']>>[0]): Promise<void> {
  const sessionId = 'token' in message ? message.token?.['sid'] : undefined;
  if (typeof sessionId === 'string') await revokeSession(database(), sessionId);
}

/** Made anew per call: a build evaluates this module where there is no environment yet. */
export const nextAuth = NextAuth(config);
