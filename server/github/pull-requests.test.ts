import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPullRequest, readPullRequest } from '@/server/github/pull-requests';
import { startFakeGitHub, type FakeGitHub } from '@/tests/fakes/fake-github';
import { fakeRepository } from '@/tests/fakes/fake-github-repositories';
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
  token = gitHub.tokens.add(gitHub.user).value;
});
afterAll(() => gitHub.close());

describe('opening a pull request', () => {
  it('sends what was asked and says where it is', async () => {
    expect(await createPullRequest(token, asked)).toEqual({ number: 1, url: `${gitHub.url}/octocat/hello/pull/1`, title: 'Say hello', state: 'open', draft: true, head: 'anyon/run-1', base: 'main' });
    expect(gitHub.repositories[0]?.pulls).toMatchObject([{ title: 'Say hello', body: 'It greets.\n', head: 'anyon/run-1', base: 'main', draft: true }]);
  });

  it('is a conflict when one is open for the branch already', async () => {
    await createPullRequest(token, asked);
    await expect(createPullRequest(token, asked)).rejects.toMatchObject({ kind: 'conflict', message: 'A pull request for the branch anyon/run-1 is open already.' });
    expect(gitHub.repositories[0]?.pulls).toHaveLength(1);
  });

  it('is refused in GitHub’s words when a branch is not there', async () => {
    await expect(createPullRequest(token, { ...asked, head: 'nowhere' })).rejects.toMatchObject({ kind: 'invalid', message: expect.stringContaining('The branch is not there.') as string });
  });

  it('is forbidden when the token may not, and not found when it does not see the repository', async () => {
    await expect(createPullRequest(gitHub.tokens.add(gitHub.user, { scopes: ['read:user'] }).value, asked)).rejects.toMatchObject({ kind: 'forbidden' });
    await expect(createPullRequest(token, { ...asked, repo: 'other' })).rejects.toMatchObject({ kind: 'not_found' });
    await expect(createPullRequest('ghp_madeupmadeupmadeup', asked)).rejects.toMatchObject({ kind: 'unauthenticated' });
  });
});

describe('reading a pull request', () => {
  it('tells its state, the checks of its newest commit and the last word of each reviewer', async () => {
    const { number } = await createPullRequest(token, asked);
    const pull = gitHub.repositories[0]?.pulls[0];
    if (!pull) throw new Error('The fake has no pull request.');
    pull.checks = [
      { name: 'test', status: 'completed', conclusion: 'success' },
      { name: 'lint', status: 'completed', conclusion: 'timed_out' },
      { name: 'docs', status: 'completed', conclusion: 'skipped' },
      { name: 'e2e', status: 'in_progress', conclusion: null },
    ];
    pull.reviews = [
      { login: 'ann', state: 'CHANGES_REQUESTED' },
      { login: 'ann', state: 'APPROVED' },
      { login: 'ann', state: 'COMMENTED' },
      { login: 'bob', state: 'COMMENTED' },
      { login: 'bob', state: 'CHANGES_REQUESTED' },
    ];
    expect(await readPullRequest(token, { ...place, number })).toMatchObject({
      state: 'open',
      checks: [{ name: 'test', state: 'succeeded' }, { name: 'lint', state: 'failed' }, { name: 'docs', state: 'skipped' }, { name: 'e2e', state: 'waiting' }],
      reviews: [{ login: 'ann', state: 'approved' }, { login: 'bob', state: 'changes_requested' }],
    });
  });

  it('tells a merged one from a closed one', async () => {
    const { number } = await createPullRequest(token, asked);
    const pull = gitHub.repositories[0]?.pulls[0];
    if (!pull) throw new Error('The fake has no pull request.');
    pull.state = 'closed';
    expect(await readPullRequest(token, { ...place, number })).toMatchObject({ state: 'closed', checks: [], reviews: [] });
    pull.merged = true;
    expect(await readPullRequest(token, { ...place, number })).toMatchObject({ state: 'merged' });
    await expect(readPullRequest(token, { ...place, number: 99 })).rejects.toMatchObject({ kind: 'not_found' });
  });

  it('is unavailable while GitHub has a failure of its own', async () => {
    gitHub.faults.apiStatus = 502;
    await expect(readPullRequest(token, { ...place, number: 1 })).rejects.toMatchObject({ kind: 'unavailable' });
  });
});
