import { env } from '@/server/env';

/** Of the configured GitHub, with the port where it has one. A token is sent to this host and to its API, and nowhere else. */
export function gitHubHost(): string {
  return new URL(env().ANYON_GITHUB_URL).host;
}

/** What a token needs: private repositories and pull requests, organisations, and pushes that change workflows of GitHub Actions. */
export const WANTED_SCOPES = ['repo', 'read:org', 'workflow'] as const;

/** GitHub's page that makes a token, with the scopes chosen. */
export function newTokenUrl(): string {
  const url = new URL(`${env().ANYON_GITHUB_URL}/settings/tokens/new`);
  url.searchParams.set('description', 'Anyon');
  url.searchParams.set('scopes', WANTED_SCOPES.join(','));
  return url.href;
}
