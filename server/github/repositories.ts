import type { Octokit } from '@octokit/rest';
import { z } from 'zod';
import type { RepositoryChoice } from '@/contract/connection';
import { repositoryUrlSchema } from '@/contract/repository';
import { AnyonError } from '@/server/errors';
import { askGitHub } from '@/server/github/ask-github';
import { gitHubClient } from '@/server/github/github-client';

/** Of a hundred each. What lies beyond can still be pasted. */
const MOST_PAGES = 10;

const repository = z
  .object({
    full_name: z.string().max(250),
    clone_url: repositoryUrlSchema,
    default_branch: z.string().min(1).max(250),
    private: z.boolean(),
    pushed_at: z.coerce.date().nullish().catch(null),
  })
  .transform((one): RepositoryChoice => ({ fullName: one.full_name, cloneUrl: one.clone_url, defaultBranch: one.default_branch, private: one.private, pushedAt: one.pushed_at ?? null }));

const branch = z.object({ name: z.string().min(1).max(250) }).transform(({ name }) => name);

/** The repositories that the owner of the token has, works on, or sees as a member of an organisation; the newest push first. */
export function listRepositories(token: string): Promise<RepositoryChoice[]> {
  const query = { sort: 'pushed', direction: 'desc', affiliation: 'owner,collaborator,organization_member', per_page: 100 } as const;
  return everyPage(token, repository, (client, page) => client.rest.repos.listForAuthenticatedUser({ ...query, page }));
}

/** The branches of a repository, as GitHub sorts them. Throws `not_found` when the token does not see it. */
export function listBranches(token: string, fullName: string): Promise<string[]> {
  const [owner = '', repo = ''] = fullName.split('/');
  return everyPage(token, branch, (client, page) => client.rest.repos.listBranches({ owner, repo, per_page: 100, page }));
}

type Page = { data: unknown; headers: { link?: string | undefined } };

/** The first page tells how many there are; the rest is asked for at once. An entry that cannot be read is left out. */
async function everyPage<T>(token: string, entry: z.ZodType<T>, ask: (client: Octokit, page: number) => Promise<Page>): Promise<T[]> {
  const client = gitHubClient(token);
  const first = await askGitHub(() => ask(client, 1));
  const last = Math.min(Number(/[?&]page=(\d+)[^>]*>; rel="last"/.exec(first.headers.link ?? '')?.[1] ?? 1), MOST_PAGES);
  const others = await Promise.all(Array.from({ length: Math.max(0, last - 1) }, (_, index) => askGitHub(() => ask(client, index + 2))));
  return [first, ...others].flatMap(({ data }) => entriesOf(data, entry));
}

function entriesOf<T>(data: unknown, entry: z.ZodType<T>): T[] {
  if (!Array.isArray(data)) throw new AnyonError('unavailable', 'GitHub’s answer cannot be read. Try again later.');
  return data.flatMap((one) => {
    const parsed = entry.safeParse(one);
    return parsed.success ? [parsed.data] : [];
  });
}
