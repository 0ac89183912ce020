import { Octokit } from '@octokit/rest';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';
import { log } from '@/server/log';

/** Longer than this GitHub is down for us. */
const DEADLINE_MS = 10_000;

/**
 * GitHub's API with somebody's token, on the configured host and on no other: a redirect is an error, for the token must not
 * travel along, and so is an address elsewhere. Every call has a time-out of its own. Call it through `askGitHub`. Without a token
 * it asks as nobody.
 */
export function gitHubClient(token: string | null): Octokit {
  const baseUrl = env().githubApiUrl;
  const { origin } = new URL(baseUrl);
  const bound = async (address: string, init: RequestInit): Promise<Response> => {
    if (new URL(address).origin !== origin) throw new AnyonError('internal', 'GitHub’s answer leads to another host.');
    return fetch(address, { ...init, redirect: 'error', signal: AbortSignal.timeout(DEADLINE_MS) });
  };
  return new Octokit({ ...(token !== null && { auth: token }), baseUrl, userAgent: 'anyon', request: { fetch: bound, log: quiet }, log: quiet });
}

/** Octokit writes to the console by itself, failed calls among it. What failed is told by who called. */
const quiet = {
  debug: () => {},
  info: () => {},
  warn: (message: string) => log().debug({ message }, 'GitHub warns'),
  error: () => {},
};
