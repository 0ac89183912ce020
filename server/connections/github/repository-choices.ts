import type { Actor } from '@/contract/actor';
import { fitsSearch, type RepositoryChoice } from '@/contract/connection';
import { usableVersion, withGitHubToken } from '@/server/connections/github/with-github-token';
import { listBranches, listRepositories } from '@/server/github/repositories';
import { processState } from '@/server/process-state';

const MOST = 50;
const KEPT_MS = 60_000;

interface Kept {
  until: number;
  repositories: Promise<RepositoryChoice[]>;
}

/** The person's repositories that have every word of the text in their name, at most fifty, the newest push first. */
export async function searchRepositories(actor: Actor, { text }: { text: string }): Promise<RepositoryChoice[]> {
  const all = await repositoriesOf(actor);
  return all.filter(({ fullName }) => fitsSearch(fullName, text)).slice(0, MOST);
}

/** The names of a repository's branches. */
export function branchesOf(actor: Actor, { fullName }: { fullName: string }): Promise<string[]> {
  return withGitHubToken(actor, (token) => listBranches(token, fullName));
}

/** What GitHub said within the last minute is not asked again while a person types; a failure is not kept. */
async function repositoriesOf(actor: Actor): Promise<RepositoryChoice[]> {
  const lists = processState('repository-choices', () => new Map<string, Kept>());
  const now = Date.now();
  for (const [key, { until }] of lists) if (until <= now) lists.delete(key);
  const { secretId, version } = await usableVersion(actor);
  const key = `${actor.userId}:${secretId}:${version}`;
  const known = lists.get(key);
  if (known) return known.repositories;
  const repositories = withGitHubToken(actor, (token) => listRepositories(token));
  lists.set(key, { until: now + KEPT_MS, repositories });
  repositories.catch(() => lists.delete(key));
  return repositories;
}
