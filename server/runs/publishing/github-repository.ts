import { gitHubHost } from '@/server/github/github-host';
import type { RepositoryName } from '@/server/github/pull-requests';

/** Owner and name of a repository on the GitHub that Anyon works with; null for any other address. */
export function gitHubRepositoryOf(repositoryUrl: string): RepositoryName | null {
  const url = URL.parse(repositoryUrl);
  if (url === null || url.host !== gitHubHost().toLowerCase().replace(/:443$/, '')) return null;
  const [, owner, repo] = /^\/([A-Za-z0-9_.-]+)\/([A-Za-z0-9_.-]+?)(?:\.git)?\/?$/.exec(url.pathname) ?? [];
  return owner && repo ? { owner, repo } : null;
}
