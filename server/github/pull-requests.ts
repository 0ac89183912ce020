import { z } from 'zod';
import { AnyonError } from '@/server/errors';
import { askGitHub } from '@/server/github/ask-github';
import { gitHubClient } from '@/server/github/github-client';

export interface RepositoryName {
  owner: string;
  repo: string;
}

export interface NewPullRequest extends RepositoryName {
  /** Branch with the work; `somebody:branch` where it is in a fork. */
  head: string;
  /** Branch that it goes into. */
  base: string;
  title: string;
  body: string;
  draft: boolean;
}

export interface PullRequest {
  number: number;
  /** Its page on GitHub. */
  url: string;
  title: string;
  state: 'open' | 'closed' | 'merged';
  draft: boolean;
  head: string;
  base: string;
}

/** One check or commit status of the newest commit. */
export interface PullRequestCheck {
  name: string;
  state: 'waiting' | 'succeeded' | 'failed' | 'skipped';
}

export interface PullRequestReview {
  login: string;
  state: 'approved' | 'changes_requested' | 'commented' | 'dismissed' | 'pending';
}

export interface PullRequestDetails extends PullRequest {
  checks: PullRequestCheck[];
  /** The last word of each reviewer. */
  reviews: PullRequestReview[];
}

const pull = z.object({
  number: z.number().int(),
  html_url: z.url({ protocol: /^https?$/ }),
  title: z.string(),
  state: z.enum(['open', 'closed']),
  merged: z.boolean().nullish(),
  draft: z.boolean().nullish(),
  head: z.object({ ref: z.string(), sha: z.string().regex(/^[0-9a-f]{40,64}$/) }),
  base: z.object({ ref: z.string() }),
});
const checkRuns = z.object({ check_runs: z.array(z.object({ name: z.string(), status: z.string(), conclusion: z.string().nullish() })) });
const reviews = z.array(z.object({ user: z.object({ login: z.string() }).nullish(), state: z.string() }));

/**
 * Opens a pull request. Throws `conflict` when one is open for this branch already, `invalid` in GitHub's words (no such branch, no
 * commits between them), `forbidden` and `not_found` when the token may not, and what `askGitHub` throws.
 */
export async function createPullRequest(token: string, { owner, repo, head, base, title, body, draft }: NewPullRequest): Promise<PullRequest> {
  const { data } = await askGitHub(() => gitHubClient(token).rest.pulls.create({ owner, repo, head, base, title, body, draft })).catch((error: unknown) => {
    if (error instanceof AnyonError && error.kind === 'invalid' && /already exists/.test(error.message)) throw new AnyonError('conflict', `A pull request for the branch ${head} is open already.`);
    throw error;
  });
  return viewOf(read(pull, data));
}

/** A pull request with the checks of its newest commit and the reviews. */
export async function readPullRequest(token: string, { owner, repo, number }: RepositoryName & { number: number }): Promise<PullRequestDetails> {
  const client = gitHubClient(token);
  const { data } = await askGitHub(() => client.rest.pulls.get({ owner, repo, pull_number: number }));
  const found = read(pull, data);
  const [checks, said] = await Promise.all([
    askGitHub(() => client.rest.checks.listForRef({ owner, repo, ref: found.head.sha, per_page: 100 })),
    askGitHub(() => client.rest.pulls.listReviews({ owner, repo, pull_number: number, per_page: 100 })),
  ]);
  const states = read(checkRuns, checks.data).check_runs.map(({ name, status, conclusion }) => ({ name, state: stateOfCheck(status, conclusion ?? null) }));
  return { ...viewOf(found), checks: states, reviews: lastWords(read(reviews, said.data)) };
}

function read<T>(schema: z.ZodType<T>, data: unknown): T {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  throw new AnyonError('unavailable', 'GitHub’s answer about the pull request cannot be read. Try again later.', { cause: z.prettifyError(parsed.error) });
}

function viewOf({ number, html_url: url, title, state, merged, draft, head, base }: z.infer<typeof pull>): PullRequest {
  return { number, url, title, state: merged ? 'merged' : state, draft: draft ?? false, head: head.ref, base: base.ref };
}

function stateOfCheck(status: string, conclusion: string | null): PullRequestCheck['state'] {
  if (status !== 'completed') return 'waiting';
  if (conclusion === 'success') return 'succeeded';
  return conclusion === 'skipped' || conclusion === 'neutral' ? 'skipped' : 'failed';
}

/** GitHub lists every review, oldest first; a comment takes back neither an approval nor a demand. */
function lastWords(said: z.infer<typeof reviews>): PullRequestReview[] {
  const states = { APPROVED: 'approved', CHANGES_REQUESTED: 'changes_requested', COMMENTED: 'commented', DISMISSED: 'dismissed', PENDING: 'pending' } as const;
  const byLogin = new Map<string, PullRequestReview>();
  for (const { user, state } of said) {
    if (!user || !Object.hasOwn(states, state)) continue;
    const word = states[state as keyof typeof states];
    const before = byLogin.get(user.login);
    if (before && before.state !== 'commented' && (word === 'commented' || word === 'pending')) continue;
    byLogin.set(user.login, { login: user.login, state: word });
  }
  return [...byLogin.values()];
}
