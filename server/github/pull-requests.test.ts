import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPullRequest, findPullRequest, readDefaultBranch, readPullRequest } from '@/server/github/pull-requests';
import { startFakeGitHub, type FakeGitHub } from '@/tests/fakes/fake-github';
import { fakeRepository, type FakePullRequest } from '@/tests/fakes/fake-github-repositories';
import { changeEnvironment } from '@/tests/setup/test-environment';

const place = { owner: 'octocat', repo: 'hello' };
const asked = { ...place, head: 'anyon/run-1', base: 'main', title: 'Say hello', body: 'It greets.\n', draft: true };
let gitHub: FakeGitHub;
let token: string;

beforeAll(async () => {
  gitHub = await startFakeGitHub();
  changeEnvironment({ NODE_ENV: 'test', ANYON_LOG_LEVEL: 'silent', ANYON_GITHUB_URL: gitHub.url, ANYON_GITHUB_API_URL: undefined });
});
beforeEach(() => {
  gitHub.faults = {};
  gitHub.repositories = [fakeRepository('octocat/hello', ['octocat'], { branches: ['main', 'anyon/run-1'] })];
  gitHub.notModified = 0;
  token = gitHub.tokens.add(gitHub.user).value;
});
afterAll(() => gitHub.close());

function firstPull(): FakePullRequest {
  const pull = gitHub.repositories[0]?.pulls[0];
  if (!pull) throw new Error('The fake has no pull request.');
  return pull;
}

describe('opening a pull request', () => {
  it('sends what was asked and says where it is', async () => {
    const { number } = await createPullRequest(token, asked);
    expect(gitHub.repositories[0]?.pulls).toMatchObject([{ title: 'Say hello', body: 'It greets.\n', head: 'anyon/run-1', base: 'main', draft: true }]);
    expect(await readPullRequest(token, { ...place, number })).toEqual({
      number: 1, url: `${gitHub.url}/octocat/hello/pull/1`, title: 'Say hello', state: 'open', isDraft: true, headBranch: 'anyon/run-1', baseBranch: 'main',
      headCommit: expect.stringMatching(/^[0-9a-f]{40}$/) as string, checks: [], review: 'none',
    });
  });

  it('is a conflict when one is open for the branch already, and that one is found', async () => {
    expect(await findPullRequest(token, { ...place, head: 'anyon/run-1' })).toBeNull();
    await createPullRequest(token, asked);
    await expect(createPullRequest(token, asked)).rejects.toMatchObject({ kind: 'conflict', message: 'A pull request for the branch anyon/run-1 is open already.' });
    expect(await findPullRequest(token, { ...place, head: 'anyon/run-1' })).toBe(1);
    expect(await findPullRequest(token, { ...place, head: 'anyon/run-2' })).toBeNull();
    firstPull().state = 'closed';
    expect(await findPullRequest(token, { ...place, head: 'anyon/run-1' })).toBeNull();
  });

  it('is refused in GitHub’s words when a branch is not there', async () => {
    await expect(createPullRequest(token, { ...asked, head: 'nowhere' })).rejects.toMatchObject({ kind: 'invalid', message: expect.stringContaining('The branch is not there.') as string });
  });

  it('is forbidden when the token may not, and not found when it does not see the repository', async () => {
    await expect(createPullRequest(gitHub.tokens.add(gitHub.user, { scopes: ['read:user'] }).value, asked)).rejects.toMatchObject({ kind: 'forbidden' });
    await expect(createPullRequest(token, { ...asked, repo: 'other' })).rejects.toMatchObject({ kind: 'not_found' });
    await expect(createPullRequest('ghp_madeupmadeupmadeup', asked)).rejects.toMatchObject({ kind: 'unauthenticated' });
    await expect(createPullRequest(gitHub.tokens.add(gitHub.user, { callsLeft: 0 }).value, asked)).rejects.toMatchObject({ kind: 'limit_reached' });
  });

  it('knows the branch that it goes into by default', async () => {
    expect(await readDefaultBranch(token, place)).toBe('main');
  });
});

describe('reading a pull request', () => {
  it('tells checks and statuses together, what failed first', async () => {
    const { number } = await createPullRequest(token, asked);
    firstPull().checks = [
      { name: 'test', status: 'completed', conclusion: 'success' },
      { name: 'lint', status: 'completed', conclusion: 'timed_out' },
      { name: 'docs', status: 'completed', conclusion: 'skipped' },
      { name: 'e2e', status: 'in_progress', conclusion: null },
      { name: 'later', status: 'queued', conclusion: null },
    ];
    firstPull().statuses = [{ context: 'ci/old', state: 'error' }, { context: 'cla', state: 'pending' }];
    const { checks } = await readPullRequest(token, { ...place, number });
    expect(checks.map(({ name, state }) => `${name} ${state}`)).toEqual(['ci/old failed', 'lint failed', 'e2e running', 'cla waiting', 'later waiting', 'test passed', 'docs skipped']);
    expect(checks[0]?.url).toBe(`${gitHub.url}/statuses/ci/old`);
  });

  it.each([
    ['none', [], []],
    ['requested', [], ['ann']],
    ['approved', [['ann', 'CHANGES_REQUESTED'], ['ann', 'APPROVED'], ['ann', 'COMMENTED']], ['bob']],
    ['changes_requested', [['ann', 'APPROVED'], ['bob', 'CHANGES_REQUESTED'], ['bob', 'COMMENTED']], []],
    ['approved', [['ann', 'APPROVED'], ['bob', 'CHANGES_REQUESTED'], ['bob', 'DISMISSED']], []],
  ] as const)('takes the last word of each reviewer: %s', async (review, said, requested) => {
    const { number } = await createPullRequest(token, asked);
    firstPull().reviews = said.map(([login, state]) => ({ login, state }));
    firstPull().requestedReviewers = [...requested];
    expect(await readPullRequest(token, { ...place, number })).toMatchObject({ review });
  });

  it('tells a merged one from a closed one', async () => {
    const { number } = await createPullRequest(token, asked);
    firstPull().state = 'closed';
    expect(await readPullRequest(token, { ...place, number })).toMatchObject({ state: 'closed', checks: [] });
    firstPull().merged = true;
    expect(await readPullRequest(token, { ...place, number })).toMatchObject({ state: 'merged' });
    await expect(readPullRequest(token, { ...place, number: 99 })).rejects.toMatchObject({ kind: 'not_found' });
  });

  it('asks only for what has changed, and never answers with what another token was told', async () => {
    const { number } = await createPullRequest(token, asked);
    const first = await readPullRequest(token, { ...place, number });
    expect(await readPullRequest(token, { ...place, number })).toEqual(first);
    expect(gitHub.notModified).toBe(4);
    firstPull().title = 'Say good-bye';
    expect((await readPullRequest(token, { ...place, number })).title).toBe('Say good-bye');
    expect(gitHub.notModified).toBe(7);
    await expect(readPullRequest('ghp_madeupmadeupmadeup', { ...place, number })).rejects.toMatchObject({ kind: 'unauthenticated' });
  });

  it('is unavailable while GitHub has a failure of its own', async () => {
    gitHub.faults.apiStatus = 502;
    await expect(readPullRequest(token, { ...place, number: 1 })).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
