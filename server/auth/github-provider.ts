import GitHub, { type GitHubProfile } from 'next-auth/providers/github';
import { z } from 'zod';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';
import type { GitHubPerson } from '@/server/people/admit-person';

export const GITHUB_PROVIDER = 'github';

/** Longer than this GitHub is down for us. */
const DEADLINE_MS = 10_000;

const githubUser = z.object({
  id: z.number().int().positive(),
  login: z.string().min(1),
  name: z.string().nullish(),
  avatar_url: z.url({ protocol: /^https?$/ }).nullish().catch(null),
});

/** True when this install offers sign-in with GitHub. */
export function offersGitHub(): boolean {
  return Boolean(env().AUTH_GITHUB_ID && env().AUTH_GITHUB_SECRET);
}

/**
 * Sign-in with GitHub or GitHub Enterprise Server; every address follows from ANYON_GITHUB_URL and ANYON_GITHUB_API_URL.
 * `issuer` is needed because GitHub answers with `iss` (RFC 9207) since April 2026; an answer with another one is refused,
 * one without (older Enterprise servers) is accepted. The right to see organisations is asked for only where the list has some.
 */
export function githubProvider({ withOrganisations }: { withOrganisations: boolean }) {
  const { ANYON_GITHUB_URL: host, githubApiUrl, AUTH_GITHUB_ID, AUTH_GITHUB_SECRET } = env();
  return GitHub({
    clientId: AUTH_GITHUB_ID ?? '',
    clientSecret: AUTH_GITHUB_SECRET ?? '',
    issuer: `${host}/login/oauth`,
    authorization: { url: `${host}/login/oauth/authorize`, params: { scope: withOrganisations ? 'read:user read:org' : 'read:user' } },
    token: `${host}/login/oauth/access_token`,
    userinfo: {
      url: `${githubApiUrl}/user`,
      // The stock request reads `emails[0].email` and fails for people who show no address.
      request: ({ tokens }: { tokens: { access_token?: string } }) => fetchGitHubUser(tokens.access_token ?? ''),
    },
    profile: (profile: GitHubProfile) => ({ id: String(profile.id), name: profile.login }),
    checks: ['pkce', 'state'],
  });
}

/** Reads a profile that GitHub sent. Null when it is not one: then nobody is signed in. */
export function parseGitHubPerson(profile: unknown): GitHubPerson | null {
  const parsed = githubUser.safeParse(profile);
  if (!parsed.success) return null;
  const { id, login, name, avatar_url: avatarUrl } = parsed.data;
  return { id, login, name: name ?? null, avatarUrl: avatarUrl ?? null };
}

async function fetchGitHubUser(token: string): Promise<GitHubProfile> {
  const response = await fetch(`${env().githubApiUrl}/user`, {
    headers: { Authorization: `Bearer ${token}`, Accept: 'application/vnd.github+json', 'User-Agent': 'anyon', 'X-GitHub-Api-Version': '2022-11-28' },
    redirect: 'error', // the token must not travel to another host
    signal: AbortSignal.timeout(DEADLINE_MS),
  });
  if (!response.ok) throw new AnyonError('unavailable', `GitHub answered ${response.status} when asked who signs in. Try again in a moment.`);
  return (await response.json()) as GitHubProfile;
}
