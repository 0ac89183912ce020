import { createHash } from 'node:crypto';
import { z } from 'zod';
import { env } from '@/server/env';
import { AnyonError, describeError } from '@/server/errors';
import { WANTED_SCOPES } from '@/server/github/github-host';

/** Longer than this GitHub is down for us. */
const DEADLINE_MS = 10_000;

/**
 * Where GitHub sends the browser back to. It lies below the address that sign-in comes back to: GitHub accepts only addresses
 * below the one that is registered, and the OAuth app is registered for sign-in.
 */
function consentReturnUrl(): string {
  return `${env().publicUrl}/api/auth/callback/github/connection`;
}

/** True when this install is registered as an OAuth app. */
export function offersConsent(): boolean {
  return Boolean(env().AUTH_GITHUB_ID && env().AUTH_GITHUB_SECRET);
}

/** GitHub's page that asks a person for a token that may do what their workspaces do. */
export function consentUrl({ state, verifier }: { state: string; verifier: string }): string {
  const url = new URL(`${env().ANYON_GITHUB_URL}/login/oauth/authorize`);
  url.search = new URLSearchParams({
    client_id: env().AUTH_GITHUB_ID ?? '',
    redirect_uri: consentReturnUrl(),
    scope: WANTED_SCOPES.join(' '),
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    prompt: 'select_account', // the account may be another one than that of the sign-in
    allow_signup: 'false',
  }).toString();
  return url.href;
}

/** Who answers as GitHub (RFC 9207); older Enterprise servers name nobody. */
export function isGitHubIssuer(issuer: string | null): boolean {
  return issuer === null || issuer === `${env().ANYON_GITHUB_URL}/login/oauth`;
}

const granted = z.object({ access_token: z.string().regex(/^[A-Za-z0-9_]{20,255}$/), token_type: z.string().regex(/^bearer$/i) });

/** Exchanges the code for the token, from server to server. Throws `forbidden` when GitHub refuses the code, `unavailable` when it does not answer. */
export async function exchangeConsent({ code, verifier }: { code: string; verifier: string }): Promise<string> {
  const body = new URLSearchParams({ client_id: env().AUTH_GITHUB_ID ?? '', client_secret: env().AUTH_GITHUB_SECRET ?? '', code, code_verifier: verifier, redirect_uri: consentReturnUrl() });
  const answer = await post(`${env().ANYON_GITHUB_URL}/login/oauth/access_token`, body);
  const parsed = granted.safeParse(answer);
  if (parsed.success) return parsed.data.access_token;
  const refusal = z.object({ error: z.string().regex(/^[a-z_]{1,60}$/) }).safeParse(answer);
  throw new AnyonError('forbidden', 'GitHub did not hand out a token.', { cause: refusal.success ? refusal.data.error : 'an answer that is none' });
}

async function post(url: string, body: URLSearchParams): Promise<unknown> {
  try {
    const response = await fetch(url, { method: 'POST', body, headers: { accept: 'application/json', 'user-agent': 'anyon' }, redirect: 'error', signal: AbortSignal.timeout(DEADLINE_MS) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return await response.json();
  } catch (error) {
    throw new AnyonError('unavailable', 'GitHub does not answer at this moment. Try again later.', { cause: describeError(error) });
  }
}
