import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { gitHubConnections } from '@/db/schema';
import { checkDueGitHubConnections, checkGitHub } from '@/server/connections/github/check-github';
import { gitHubTokenOf, noteGitHubRefusal } from '@/server/connections/github/github-health';
import { branchesOf, searchRepositories } from '@/server/connections/github/repository-choices';
import { gitHubTokenForUse } from '@/server/connections/github/token-for-use';
import { startFakeGitHub } from '@/tests/fakes/fake-github';
import { fakeRepository } from '@/tests/fakes/fake-github-repositories';
import { GitHubConnectionBench } from '@/tests/setup/github-connection-bench';
import { changeEnvironment } from '@/tests/setup/test-environment';

/** What is asked of GitHub with a connection: whether it still holds, and what there is to choose. */
const DAY_MS = 24 * 3_600_000;
const round = () => checkDueGitHubConnections(new AbortController().signal, 0);
let bench: GitHubConnectionBench;

beforeAll(async () => {
  bench = await GitHubConnectionBench.start();
});
beforeEach(() => bench.reset());
afterAll(() => bench?.close());

describe('checking', () => {
  it('comes every hour with one call, and not before', async () => {
    await bench.connect();
    bench.gitHub.requests.length = 0;
    await round();
    expect(bench.gitHub.requests).toEqual([]);
    await bench.backdate(61 * 60_000);
    await round();
    await round();
    expect(bench.gitHub.requests).toEqual(['GET /api/v3/user']);
  });

  it('fails a revoked one with an alert, asks about it no more than once a day, and takes it back when GitHub knows it again', async () => {
    const { token } = await bench.connect();
    token.revoked = true;
    await bench.backdate(2 * 3_600_000);
    await round();
    expect(await bench.row()).toMatchObject({ status: 'failed', statusReason: expect.stringContaining('revoked') as string });
    expect(await bench.openAlerts()).toHaveLength(1);
    bench.gitHub.requests.length = 0;
    await bench.backdate(2 * 3_600_000);
    await round();
    expect(bench.gitHub.requests).toEqual([]);
    token.revoked = false;
    await bench.backdate(2 * DAY_MS);
    await round();
    expect(await bench.row()).toMatchObject({ status: 'connected', statusReason: null });
    expect(await bench.openAlerts()).toEqual([]);
  });

  it('fails one whose end has come without asking, also while GitHub is away', async () => {
    await bench.connect({ expiresAt: new Date(Date.now() + 5000) });
    await bench.database.update(gitHubConnections).set({ expiresAt: new Date('2026-01-02T03:04:05Z') });
    bench.gitHub.requests.length = 0;
    bench.gitHub.faults.apiStatus = 500;
    await round();
    expect(bench.gitHub.requests).toEqual([]);
    expect(await bench.row()).toMatchObject({ status: 'failed', statusReason: 'The token expired on 2026-01-02. Replace it with a new one.' });
    expect(await bench.openAlerts()).toHaveLength(1);
  });

  it('never fails one because GitHub is away or has enough of us; it only stays unchecked', async () => {
    const { token } = await bench.connect();
    for (const trouble of [{ apiStatus: 500 }, { apiStatus: 503 }, { apiRedirect: `${bench.gitHub.url}/elsewhere` }]) {
      bench.gitHub.faults = trouble;
      await bench.backdate(2 * 3_600_000);
      const { checkedAt } = (await bench.row()) ?? {};
      await round();
      expect(await bench.row()).toMatchObject({ status: 'connected', checkedAt });
      await expect(checkGitHub(bench.person.actor)).rejects.toMatchObject({ kind: 'unavailable' });
    }
    bench.gitHub.faults = {};
    token.callsLeft = 0;
    await expect(checkGitHub(bench.person.actor)).rejects.toMatchObject({ kind: 'limit_reached' });
    changeEnvironment({ ANYON_GITHUB_API_URL: 'http://localhost:1' });
    await expect(checkGitHub(bench.person.actor)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await bench.row()).toMatchObject({ status: 'connected' });
    expect(await bench.openAlerts()).toEqual([]);
  });

  it('leaves a token alone whose calls are used up, until the time that GitHub names', async () => {
    const { token } = await bench.connect();
    token.callsLeft = 0;
    await bench.backdate(2 * 3_600_000);
    bench.gitHub.requests.length = 0;
    await round();
    token.callsLeft = null;
    await round();
    expect(bench.gitHub.requests).toEqual(['GET /api/v3/user']);
    vi.setSystemTime(Date.now() + 11 * 60_000);
    await round();
    vi.useRealTimers();
    expect(bench.gitHub.requests).toHaveLength(2);
    expect(await bench.row()).toMatchObject({ status: 'connected' });
  });

  it('gives up a round after three calls without an answer', async () => {
    for (let count = 0; count < 5; count++) {
      await bench.newPerson();
      await bench.connect();
      await bench.backdate(2 * 3_600_000);
    }
    bench.gitHub.requests.length = 0;
    bench.gitHub.faults.apiStatus = 502;
    await round();
    expect(bench.gitHub.requests).toHaveLength(3);
  });

  it('follows what changes on GitHub: the login, the scopes, the end', async () => {
    const { token } = await bench.connect();
    Object.assign(token, { user: { ...bench.octocat, login: 'renamed' }, scopes: ['read:org'], expiresAt: new Date(Math.ceil(Date.now() / 1000) * 1000 + 10 * DAY_MS) });
    expect((await checkGitHub(bench.person.actor)).connection).toMatchObject({ login: 'renamed', scopes: ['read:org'], status: 'expiring', expiresAt: token.expiresAt, statusReason: expect.stringContaining('“repo”') as string });
  });

  it('that comes too late changes nothing of what happened meanwhile', async () => {
    const { token } = await bench.connect();
    const answer = Promise.withResolvers<void>();
    bench.gitHub.faults.apiHold = answer.promise;
    bench.gitHub.requests.length = 0;
    const late = checkGitHub(bench.person.actor);
    await vi.waitFor(() => expect(bench.gitHub.requests).toHaveLength(1));
    const used = await gitHubTokenOf(bench.database, bench.person.actor.userId);
    await noteGitHubRefusal(bench.database, bench.person.actor.userId, used ?? { secretId: '', version: 0 }, 'git was refused.');
    answer.resolve();
    await late;
    expect(await bench.row()).toMatchObject({ status: 'failed', statusReason: 'git was refused.' });
    token.revoked = true;
    await bench.connect();
    expect(await bench.row()).toMatchObject({ status: 'connected' });
  });

  it('comes before a use, unless GitHub said so lately; a refused token is noted and given all the same', async () => {
    const { token } = await bench.connect();
    bench.gitHub.requests.length = 0;
    expect((await gitHubTokenForUse(bench.person.actor.userId))?.value).toBe(token.value);
    expect(bench.gitHub.requests).toEqual([]);
    token.revoked = true;
    await bench.backdate(11 * 60_000);
    expect((await gitHubTokenForUse(bench.person.actor.userId))?.value).toBe(token.value);
    expect(bench.gitHub.requests).toEqual(['GET /api/v3/user']);
    expect(await bench.row()).toMatchObject({ status: 'failed' });
    expect(await bench.openAlerts()).toHaveLength(1);
  });

  it('before a use waits for a GitHub that is away once a minute and not for every run', async () => {
    const { token } = await bench.connect();
    bench.gitHub.faults.apiStatus = 500;
    await bench.backdate(11 * 60_000);
    bench.gitHub.requests.length = 0;
    for (let count = 0; count < 3; count++) expect((await gitHubTokenForUse(bench.person.actor.userId))?.value).toBe(token.value);
    expect(bench.gitHub.requests).toHaveLength(1);
    expect(await bench.row()).toMatchObject({ status: 'connected' });
  });

  it('sends no token to a GitHub that it is not of', async () => {
    await bench.connect();
    const another = await startFakeGitHub();
    try {
      changeEnvironment({ ANYON_GITHUB_URL: another.url });
      await expect(searchRepositories(bench.person.actor, { text: '' })).rejects.toMatchObject({ kind: 'precondition' });
      await bench.backdate(2 * 3_600_000);
      await round();
      expect(await bench.row()).toMatchObject({ status: 'failed', statusReason: expect.stringContaining(`This token is for ${new URL(bench.gitHub.url).host}`) as string });
      expect(another.requests).toEqual([]);
    } finally {
      await another.close();
    }
  });
});

describe('choosing a repository', () => {
  beforeEach(() => {
    bench.gitHub.repositories = Array.from({ length: 230 }, (_, index) => fakeRepository(`octocat/project-${index}`, ['octocat'], { pushedAt: new Date(Date.now() - index * 1000), private: index % 2 === 0 }));
    bench.gitHub.repositories.push(fakeRepository('corp/Secret-Tool', ['octocat'], { pushedAt: new Date(0), defaultBranch: 'trunk', branches: ['trunk', ...Array.from({ length: 120 }, (_, index) => `work/${index}`)] }), fakeRepository('corp/hidden', ['hubot']));
  });

  it('offers the newest pushes first, at most fifty, and finds the others by parts of their name', async () => {
    await bench.connect();
    const newest = await searchRepositories(bench.person.actor, { text: '' });
    expect(newest).toHaveLength(50);
    expect(newest[0]).toMatchObject({ fullName: 'octocat/project-0', cloneUrl: `${bench.gitHub.url}/octocat/project-0.git`, defaultBranch: 'main', private: true });
    expect(await searchRepositories(bench.person.actor, { text: 'secret corp' })).toMatchObject([{ fullName: 'corp/Secret-Tool', defaultBranch: 'trunk' }]);
    expect(await searchRepositories(bench.person.actor, { text: 'hidden' })).toEqual([]);
  });

  it('asks GitHub once a minute and not with every key, and again with another token', async () => {
    await bench.connect();
    bench.gitHub.requests.length = 0;
    await Promise.all(['p', 'pr', 'pro', ''].map((text) => searchRepositories(bench.person.actor, { text })));
    expect(bench.gitHub.requests).toEqual(Array.from({ length: 3 }, () => 'GET /api/v3/user/repos'));
    bench.gitHub.user = { ...bench.octocat, id: 9, login: 'hubot' };
    await bench.connect();
    expect(await searchRepositories(bench.person.actor, { text: '' })).toMatchObject([{ fullName: 'corp/hidden' }]);
  });

  it('does not keep a failure', async () => {
    await bench.connect();
    bench.gitHub.faults.apiStatus = 500;
    await expect(searchRepositories(bench.person.actor, { text: '' })).rejects.toMatchObject({ kind: 'unavailable' });
    bench.gitHub.faults = {};
    expect(await searchRepositories(bench.person.actor, { text: 'secret' })).toHaveLength(1);
  });

  it('lists every branch of one, and nothing of one that the token does not see', async () => {
    await bench.connect();
    expect(await branchesOf(bench.person.actor, { fullName: 'corp/Secret-Tool' })).toHaveLength(121);
    await expect(branchesOf(bench.person.actor, { fullName: 'corp/hidden' })).rejects.toMatchObject({ kind: 'not_found' });
  });
});
