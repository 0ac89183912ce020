import { z } from 'zod';
import type { PullRequestCheck, PullRequestView } from '@/contract/publishing';
import { AnyonError } from '@/server/errors';
import { askGitHub } from '@/server/github/ask-github';
import { parseAnswer, readAgain } from '@/server/github/conditional-read';
import { gitHubClient } from '@/server/github/github-client';
import { checkRunsSchema, checksOf, statusesSchema } from '@/server/github/pull-request-checks';
import { reviewOf, reviewsSchema } from '@/server/github/pull-request-review';

export interface RepositoryName {
  owner: string;
  repo: string;
}

export interface NewPullRequest extends RepositoryName {
  /** Branch with the work. */
  head: string;
  /** Branch that it goes into. */
  base: string;
  title: string;
  body: string;
  draft: boolean;
}

/** A pull request as GitHub describes it; texts are GitHub's, not masked. */
export interface PullRequestDetails extends Pick<PullRequestView, 'number' | 'url' | 'title' | 'state' | 'isDraft' | 'headBranch' | 'baseBranch' | 'headCommit' | 'review'> {
  checks: PullRequestCheck[];
}

const pull = z.object({
  number: z.number().int().positive(),
  html_url: z.url({ protocol: /^https?$/ }).max(2000),
  title: z.string().max(2000),
  state: z.enum(['open', 'closed']),
  merged: z.boolean().nullish(),
  draft: z.boolean().nullish(),
  head: z.object({ ref: z.string().max(500), sha: z.string().regex(/^[0-9a-f]{40,64}$/) }),
  base: z.object({ ref: z.string().max(500) }),
  requested_reviewers: z.array(z.unknown()).nullish(),
  requested_teams: z.array(z.unknown()).nullish(),
});
const listed = z.array(z.object({ number: z.number().int().positive() }));
const repository = z.object({ default_branch: z.string().min(1).max(250) });

/**
 * Opens a pull request and returns its number. Throws `conflict` when one is open for this branch already, `invalid` in GitHub's words (no such
 * branch, no commits between them), `forbidden` and `not_found` when the token may not, and what `askGitHub` throws.
 */
export async function createPullRequest(token: string, { owner, repo, ...wanted }: NewPullRequest): Promise<{ number: number }> {
  const { data } = await askGitHub(() => gitHubClient(token).rest.pulls.create({ owner, repo, ...wanted })).catch((error: unknown) => {
    if (error instanceof AnyonError && error.kind === 'invalid' && /already exists/.test(error.message)) throw new AnyonError('conflict', `A pull request for the branch ${wanted.head} is open already.`);
    throw error;
  });
  return { number: parseAnswer(pull, data).number };
}

/** The number of the open pull request of a branch of this repository; null when there is none. */
export async function findPullRequest(token: string, { owner, repo, head }: RepositoryName & { head: string }): Promise<number | null> {
  const { data } = await askGitHub(() => gitHubClient(token).rest.pulls.list({ owner, repo, head: `${owner}:${head}`, state: 'open', per_page: 1 }));
  return parseAnswer(listed, data)[0]?.number ?? null;
}

/** The branch that pull requests go into when nothing else is said. */
export async function readDefaultBranch(token: string, { owner, repo }: RepositoryName): Promise<string> {
  const { data } = await askGitHub(() => gitHubClient(token).rest.repos.get({ owner, repo }));
  return parseAnswer(repository, data).default_branch;
}

/** A pull request with the checks and statuses of its newest commit and what the reviewers say, at most a hundred of each. */
export async function readPullRequest(token: string, { owner, repo, number }: RepositoryName & { number: number }): Promise<PullRequestDetails> {
  const place = `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(repo)}`;
  const found = await readAgain(token, `${place}/pulls/${number}`, pull);
  const commit = `${place}/commits/${found.head.sha}`;
  const [runs, statuses, reviews] = await Promise.all([
    readAgain(token, `${commit}/check-runs?per_page=100`, checkRunsSchema).catch(withoutAccess),
    readAgain(token, `${commit}/status?per_page=100`, statusesSchema).catch(withoutAccess),
    readAgain(token, `${place}/pulls/${number}/reviews?per_page=100`, reviewsSchema),
  ]);
  const awaited = (found.requested_reviewers?.length ?? 0) + (found.requested_teams?.length ?? 0) > 0;
  return {
    number: found.number,
    url: found.html_url,
    title: found.title,
    state: found.merged ? 'merged' : found.state,
    isDraft: found.draft ?? false,
    headBranch: found.head.ref,
    baseBranch: found.base.ref,
    headCommit: found.head.sha,
    checks: checksOf(runs, statuses),
    review: reviewOf(reviews, awaited),
  };
}

/** A fine-grained token may see pull requests and not their checks, or the other way round: then those are missing, not all of it. */
function withoutAccess(error: unknown): null {
  if (error instanceof AnyonError && (error.kind === 'forbidden' || error.kind === 'not_found')) return null;
  throw error;
}
