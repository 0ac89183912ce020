import NextAuth, { type NextAuthConfig } from 'next-auth';
import { headers } from 'next/headers';
import type { NextRequest } from 'next/server';
import type { SignInVia } from '@/contract/person';
import { admitFrom } from '@/server/auth/admit-from';
import { GITHUB_PROVIDER, githubProvider, offersGitHub, parseGitHubPerson } from '@/server/auth/github-provider';
import { GITHUB_TOKEN_PROVIDER, githubTokenProvider, type TokenUser } from '@/server/auth/github-token-provider';
import { authSecret, isSecureDeployment, sessionCookieName } from '@/server/auth/session-cookie';
import { readSetupCookie } from '@/server/auth/setup-cookie';
import { SETUP_TOKEN_PROVIDER, setupTokenProvider } from '@/server/auth/setup-token-provider';
import { clientAddress } from '@/server/client-address';
import { database } from '@/server/database';
import { announcePublicUrl } from '@/server/env';
import { log } from '@/server/log';
import { areOrganisationsAllowed } from '@/server/people/allowed-list';
import { findLiveSession, SESSION_LIFETIME_SECONDS } from '@/server/people/sessions';
import { beginSession, endOwnSession } from '@/server/people/sign-in';

type Callbacks = NonNullable<NextAuthConfig['callbacks']>;

/**
 * Auth.js does the OAuth dance, the cookies and the encryption. Who may sign in, and whether a session still counts, is
 * decided by our rows: the token carries only a session id and a user id, and says nothing that is believed without them.
 */
async function config(request: NextRequest | undefined): Promise<NextAuthConfig> {
  announcePublicUrl();
  const secure = isSecureDeployment();
  const withOrganisations = await areOrganisationsAllowed();
  return {
    secret: authSecret(),
    trustHost: true, // the address comes from AUTH_URL, never from the Host header
    basePath: '/api/auth',
    session: { strategy: 'jwt', maxAge: SESSION_LIFETIME_SECONDS },
    useSecureCookies: secure,
    cookies: { sessionToken: { name: sessionCookieName(), options: { httpOnly: true, sameSite: 'lax', path: '/', secure } } },
    pages: { signIn: '/sign-in', signOut: '/sign-in', error: '/sign-in' },
    providers: [setupTokenProvider(), githubTokenProvider(), ...(offersGitHub() ? [githubProvider({ withOrganisations })] : [])],
    callbacks: callbacks(request?.headers ?? (await headers())),
    events: { signOut },
    logger: {
      error: (error) => log().warn({ err: error, cause: error.cause }, 'a sign-in failed'),
      warn: (code) => log().warn({ code }, 'Auth.js warns'),
      debug: () => {},
    },
  };
}

const vias: Record<string, SignInVia> = { [SETUP_TOKEN_PROVIDER]: 'setup_token', [GITHUB_TOKEN_PROVIDER]: 'pat', [GITHUB_PROVIDER]: 'github' };

function callbacks(requestHeaders: Headers): Callbacks {
  return {
    /** Lets a person in or not; `user.id` becomes our own id, which the next callback relies on. Those who came by a token were looked at already. */
    async signIn({ user, account, profile }) {
      if (account?.provider !== GITHUB_PROVIDER) return account?.type === 'credentials' && Boolean(user.id);
      const person = parseGitHubPerson(profile);
      if (!person || !account.access_token) return false;
      const admission = await admitFrom({ headers: requestHeaders, via: 'github', person, token: account.access_token, setupToken: readSetupCookie(requestHeaders) });
      if ('refusal' in admission) return admission.refusal === 'AccessDenied' ? false : `/sign-in?error=${admission.refusal}`;
      user.id = admission.userId;
      return true;
    },
    /** At sign-in opens a session; afterwards returns null (no session, cookie removed) unless the rows say it is live. */
    async jwt({ token, user, account }) {
      if (account) {
        const via = vias[account.provider];
        if (!user.id || !via) return null;
        const { tokenScopes, tokenExpiresAt } = user as Partial<TokenUser>;
        const circumstances = { from: clientAddress(requestHeaders), userAgent: requestHeaders.get('user-agent'), ...(via === 'pat' && { tokenScopes: tokenScopes ?? [], tokenExpiresAt: tokenExpiresAt ?? null }) };
        return { sub: user.id, sid: await beginSession(user.id, via, circumstances) };
      }
      const actor = await findLiveSession(database(), { sessionId: token['sid'], userId: token.sub });
      return actor ? { sub: actor.userId, sid: actor.sessionId } : null;
    },
    session({ session, token }) {
      return { expires: session.expires, user: { id: token.sub } };
    },
  };
}

async function signOut(message: Parameters<NonNullable<NonNullable<NextAuthConfig['events']>['signOut']>>[0]): Promise<void> {
  if (!('token' in message) || !message.token) return;
  const actor = await findLiveSession(database(), { sessionId: message.token['sid'], userId: message.token.sub });
  if (actor) await endOwnSession(actor);
}

/** Made anew per call: a build evaluates this module where there is no environment yet. */
export const nextAuth = NextAuth(config);
