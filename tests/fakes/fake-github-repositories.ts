import { createHash } from 'node:crypto';
import { answerGraphQl, nodeIdOf } from '@/tests/fakes/fake-github-graphql';
import type { FakeToken } from '@/tests/fakes/fake-github-tokens';
import type { FakePullRequest, FakeRepository } from '@/tests/fakes/fake-repository';

export type { FakePullRequest, FakeRepository } from '@/tests/fakes/fake-repository';

export function fakeRepository(fullName: string, seenBy: string[], options: Partial<FakeRepository> = {}): FakeRepository {
  return { fullName, private: false, defaultBranch: 'main', pushedAt: new Date(), seenBy, branches: ['main'], pulls: [], ...options };
}

interface Call {
  method: string;
  place: string;
  query: URLSearchParams;
  body: string;
  /** What the asker has already. */
  ifNoneMatch?: string | undefined;
}

interface Answer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

interface Stage {
  url: string;
  token: FakeToken;
  repositories: FakeRepository[];
}

const notFound: Answer = { status: 404, body: { message: 'Not Found' } };

/**
 * GitHub's addresses about repositories: those of a person, branches, pull requests with their checks, statuses and reviews. What is read has an
 * ETag, and who has it already is told just that. Source: docs.github.com/rest.
 */
export function answerRepositories(stage: Stage, call: Call): Answer {
  const answer = answerFresh(stage, call);
  if (call.method !== 'GET' || answer.status !== 200) return answer;
  const etag = `W/"${createHash('sha256').update(JSON.stringify(answer.body)).digest('hex')}"`;
  return call.ifNoneMatch === etag ? { status: 304, body: null, headers: { etag } } : { ...answer, headers: { ...answer.headers, etag } };
}

function answerFresh(stage: Stage, call: Call): Answer {
  const seen = stage.repositories.filter(({ seenBy }) => seenBy.includes(stage.token.user.login));
  const { place, query, method } = call;
  if (place === '/user/repos') {
    const newest = seen.toSorted((one, other) => other.pushedAt.getTime() - one.pushedAt.getTime());
    return { status: 200, body: page(newest, query).map((repository) => repositoryBody(stage.url, repository)), headers: linkHeader(stage.url, call, newest.length) };
  }
  if (place === '/graphql') return answerGraphQl(seen, call.body);
  const [, fullName, rest = ''] = /^\/repos\/([^/]+\/[^/]+)(\/.*)?$/.exec(place) ?? [];
  const repository = seen.find((one) => one.fullName.toLowerCase() === fullName?.toLowerCase());
  if (!repository) return notFound;
  if (rest === '') return { status: 200, body: repositoryBody(stage.url, repository) };
  if (rest === '/branches') return { status: 200, body: page(repository.branches, query).map((name) => ({ name, protected: false, commit: { sha: sha(name), url: stage.url } })), headers: linkHeader(stage.url, call, repository.branches.length) };
  if (rest === '/pulls' && method === 'POST') return createPull(stage, repository, JSON.parse(call.body) as Partial<FakePullRequest>);
  if (rest === '/pulls') return { status: 200, body: listPulls(repository, query).map((pull) => pullBody(stage.url, repository, pull)) };
  return aboutPull(stage, repository, rest);
}

function createPull(stage: Stage, repository: FakeRepository, asked: Partial<FakePullRequest>): Answer {
  const refused = (message: string): Answer => ({ status: 422, body: { message: 'Validation Failed', errors: [{ resource: 'PullRequest', code: 'custom', message }] } });
  const { head = '', base = '', title = '', body = '', draft = false } = asked;
  if (stage.token.scopes && !stage.token.scopes.includes('repo')) return { status: 403, body: { message: 'Resource not accessible by personal access token' } };
  if (!repository.branches.includes(head) || !repository.branches.includes(base)) return refused('The branch is not there.');
  if (repository.pulls.some((pull) => pull.head === head && pull.state === 'open')) return refused(`A pull request already exists for ${head}.`);
  const pull: FakePullRequest = { number: repository.pulls.length + 1, title, body, head, base, draft, state: 'open', merged: false, checks: [], statuses: [], requestedReviewers: [], reviews: [] };
  repository.pulls.push(pull);
  return { status: 201, body: pullBody(stage.url, repository, pull) };
}

/** As `owner:branch` names them, and in this state. */
function listPulls(repository: FakeRepository, query: URLSearchParams): FakePullRequest[] {
  const [owner, head] = (query.get('head') ?? '').split(/:(.*)/s);
  const state = query.get('state') ?? 'open';
  return repository.pulls.filter((pull) => (state === 'all' || pull.state === state) && (!head || (pull.head === head && repository.fullName.startsWith(`${owner}/`))));
}

function aboutPull(stage: Stage, repository: FakeRepository, rest: string): Answer {
  const [, reference, part] = /^\/(?:pulls|commits)\/([^/]+)(?:\/(reviews|check-runs|status))?$/.exec(rest) ?? [];
  const pull = repository.pulls.find(({ number, head }) => String(number) === reference || tipOf(repository, head) === reference);
  if (!pull) return notFound;
  if (part === 'reviews') return { status: 200, body: pull.reviews.map(({ login, state }, index) => ({ id: index + 1, user: { login }, state, body: '' })) };
  if (part === 'check-runs') return { status: 200, body: { total_count: pull.checks.length, check_runs: pull.checks.map((check, index) => ({ id: index + 1, ...check, html_url: `${stage.url}/checks/${index + 1}` })) } };
  if (part === 'status') return { status: 200, body: { state: 'pending', sha: reference, total_count: pull.statuses.length, statuses: pull.statuses.map((status) => ({ ...status, target_url: `${stage.url}/statuses/${status.context}` })) } };
  return { status: 200, body: pullBody(stage.url, repository, pull) };
}

function repositoryBody(url: string, { fullName, defaultBranch, pushedAt, private: closed }: FakeRepository) {
  return { id: 1, full_name: fullName, clone_url: `${url}/${fullName}.git`, default_branch: defaultBranch, private: closed, pushed_at: pushedAt.toISOString() };
}

function pullBody(url: string, repository: FakeRepository, { number, title, state, merged, draft, head, base, requestedReviewers }: FakePullRequest) {
  const requested = { requested_reviewers: requestedReviewers.map((login) => ({ login })), requested_teams: [] };
  return { node_id: nodeIdOf(repository, number), number, title, state, merged, draft, html_url: `${url}/${repository.fullName}/pull/${number}`, head: { ref: head, sha: tipOf(repository, head) }, base: { ref: base }, mergeable: true, ...requested };
}

/** Where the last page is, when there is more than one. */
function linkHeader(url: string, { place, query }: Call, total: number): Record<string, string> {
  const last = Math.ceil(total / Math.min(Number(query.get('per_page') ?? 30), 100));
  const address = (page: number) => `${url}/api/v3${place}?${new URLSearchParams({ ...Object.fromEntries(query), page: String(page) }).toString()}`;
  return last > 1 ? { link: `<${address(2)}>; rel="next", <${address(last)}>; rel="last"` } : {};
}

function page<T>(items: T[], query: URLSearchParams): T[] {
  const perPage = Math.min(Number(query.get('per_page') ?? 30), 100);
  const start = (Number(query.get('page') ?? 1) - 1) * perPage;
  return items.slice(start, start + perPage);
}

function tipOf(repository: FakeRepository, branch: string): string {
  return repository.tipOf?.(branch) ?? sha(branch);
}

/** Of the tip of a branch: made up, but always the same. */
function sha(branch: string): string {
  return Buffer.from(branch.padEnd(20, '.')).toString('hex').slice(0, 40);
}
