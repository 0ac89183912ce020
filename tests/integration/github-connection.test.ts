import { randomBytes, randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import superjson from 'superjson';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { GitHubState } from '@/contract/connection';
import { alerts, auditEvents, gitHubConnections, secrets, secretVersions, users } from '@/db/schema';
import { checkDueGitHubConnections, checkGitHub } from '@/server/connections/github/check-github';
import { connectGitHubToken, disconnectGitHub } from '@/server/connections/github/connect-github';
import { gitHubStateOf } from '@/server/connections/github/github-connection';
import { canGitHubSignIn, gitHubTokenOf, noteGitHubRefusal } from '@/server/connections/github/github-health';
import { branchesOf, searchRepositories } from '@/server/connections/github/repository-choices';
import { gitHubTokenForUse } from '@/server/connections/github/token-for-use';
import { forgetRates } from '@/server/rate-limits';
import { handleTrpcRequest } from '@/server/trpc/http-handler';
import { startFakeGitHub, type FakeGitHub, type FakeGitHubUser } from '@/tests/fakes/fake-github';
import { fakeRepository } from '@/tests/fakes/fake-github-repositories';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { signedInPerson, type SignedIn } from '@/tests/setup/test-people';
import { PUBLIC_URL, startSignIn, type SignInBench } from '@/tests/setup/test-sign-in';

const DAY_MS = 24 * 3_600_000;
let gitHub: FakeGitHub;
let octocat: FakeGitHubUser;
let bench: SignInBench;
let person: SignedIn;

beforeAll(async () => {
  gitHub = await startFakeGitHub();
  octocat = { ...gitHub.user };
  bench = await startSignIn({ ANYON_GITHUB_URL: gitHub.url, ANYON_SECRET_KEY: randomBytes(32).toString('base64') });
});
beforeEach(async () => {
  forgetRates();
  gitHub.faults = {};
  gitHub.user = { ...octocat };
  gitHub.repositories = [];
  gitHub.requests.length = 0;
  changeEnvironment({ ANYON_GITHUB_URL: gitHub.url, ANYON_GITHUB_API_URL: undefined });
  await bench.database.delete(gitHubConnections);
  person = await signedInPerson(bench.database, `person-${randomUUID()}`);
});
afterAll(async () => {
  await bench.close();
  await gitHub.close();
});

async function connect(options: Parameters<FakeGitHub['tokens']['add']>[1] = {}) {
  const token = gitHub.tokens.add(gitHub.user, options);
  const state = await connectGitHubToken(person.actor, { token: token.value });
  return { token, state };
}

async function row() {
  const [found] = await bench.database.select().from(gitHubConnections).where(eq(gitHubConnections.userId, person.actor.userId));
  return found;
}

/** As if the last check were so long ago. */
function backdate(milliseconds: number) {
  return bench.database.update(gitHubConnections).set({ checkedAt: new Date(Date.now() - milliseconds) }).where(eq(gitHubConnections.userId, person.actor.userId));
}

const openAlerts = async () => (await bench.database.select().from(alerts).where(eq(alerts.userId, person.actor.userId))).filter(({ resolvedAt }) => resolvedAt === null);
const round = () => checkDueGitHubConnections(new AbortController().signal, 0);

describe('connecting by a token', () => {
  it('keeps it sealed, tells whose it is and what it may, and never gives it back', async () => {
    const { value } = gitHub.tokens.add(gitHub.user);
    const answer = await handleTrpcRequest(
      new Request(`${PUBLIC_URL}/api/trpc/connections.gitHub.connect`, { method: 'POST', headers: { cookie: person.cookie, host: 'localhost:3000', origin: PUBLIC_URL, 'content-type': 'application/json' }, body: JSON.stringify(superjson.serialize({ token: `  ${value}\n` })) }),
    );
    const text = await answer.text();
    expect(text).not.toContain(value);
    const state = superjson.deserialize<GitHubState>((JSON.parse(text) as { result: { data: never } }).result.data);
    expect(state).toMatchObject({ connection: { status: 'connected', statusReason: null, method: 'pat', login: 'octocat', host: new URL(gitHub.url).host, scopes: ['repo', 'read:org', 'workflow'], lastFour: value.slice(-4), expiresAt: null }, signsInAs: null });
    expect(state.connection?.checkedAt).toBeInstanceOf(Date);
    const stored = JSON.stringify(await bench.database.select().from(secretVersions));
    for (const form of [value, Buffer.from(value).toString('base64'), Buffer.from(value).toString('hex')]) expect(stored).not.toContain(form);
    expect(await gitHubTokenOf(bench.database, person.actor.userId)).toMatchObject({ value, login: 'octocat', host: new URL(gitHub.url).host, name: 'github', version: 1 });
    expect(await bench.database.select().from(auditEvents).where(eq(auditEvents.actorId, person.actor.userId))).toMatchObject([{ action: 'github_connected', subject: 'octocat' }]);
  });

  it('refuses one that GitHub does not know, was revoked or has expired, and keeps what was there', async () => {
    const { token } = await connect();
    const revoked = gitHub.tokens.add(gitHub.user);
    revoked.revoked = true;
    const expired = gitHub.tokens.add(gitHub.user, { expiresAt: new Date(Date.now() - 1000) });
    for (const bad of [revoked.value, expired.value, 'ghp_madeupmadeupmadeup']) await expect(connectGitHubToken(person.actor, { token: bad })).rejects.toMatchObject({ kind: 'invalid', message: expect.stringContaining('does not know this token') as string });
    expect(await gitHubTokenOf(bench.database, person.actor.userId)).toMatchObject({ value: token.value, version: 1 });
  });

  it('keeps nothing while GitHub cannot be asked', async () => {
    const { value } = gitHub.tokens.add(gitHub.user);
    gitHub.faults.apiStatus = 503;
    await expect(connectGitHubToken(person.actor, { token: value })).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await row()).toBeUndefined();
    expect(await bench.database.select().from(secrets).where(eq(secrets.ownerId, person.actor.userId))).toEqual([]);
  });

  it('keeps one that may do too little, and says so; of a fine-grained one GitHub names no scopes', async () => {
    expect((await connect({ scopes: ['read:user'] })).state.connection).toMatchObject({ status: 'connected', statusReason: expect.stringContaining('lacks the scope “repo”') as string });
    expect((await connect({ scopes: ['repo'] })).state.connection).toMatchObject({ statusReason: expect.stringContaining('“workflow”') as string });
    expect((await connect({ scopes: [] })).state.connection).toMatchObject({ statusReason: expect.stringContaining('“repo”') as string });
    expect((await connect({ prefix: 'github_pat_', scopes: null })).state.connection).toMatchObject({ statusReason: null, scopes: [] });
  });

  it('says that a token ends soon', async () => {
    const soon = new Date(Math.ceil(Date.now() / 1000) * 1000 + 3 * DAY_MS);
    expect((await connect({ expiresAt: soon })).state.connection).toMatchObject({ status: 'expiring', expiresAt: soon });
    expect((await connect({ expiresAt: new Date(Date.now() + 20 * DAY_MS) })).state.connection).toMatchObject({ status: 'connected' });
  });

  it('says when the account is another one than that of the sign-in, and changes nobody', async () => {
    await bench.database.update(users).set({ githubId: octocat.id + 7 }).where(eq(users.id, person.actor.userId));
    const before = await bench.database.select().from(users).where(eq(users.id, person.actor.userId));
    expect((await connect()).state).toMatchObject({ connection: { login: 'octocat' }, signsInAs: person.actor.login });
    expect(await bench.database.select().from(users).where(eq(users.id, person.actor.userId))).toEqual(before);
  });

  it('is everybody’s own: nobody else has it', async () => {
    await connect();
    const other = await signedInPerson(bench.database, `other-${randomUUID()}`, 'admin');
    expect((await gitHubStateOf(other.actor)).connection).toBeNull();
    expect(await gitHubTokenOf(bench.database, other.actor.userId)).toBeNull();
    await expect(searchRepositories(other.actor, { text: '' })).rejects.toMatchObject({ kind: 'precondition' });
  });

  it('works only so often in a minute', async () => {
    const tries = Array.from({ length: 11 }, () => connectGitHubToken(person.actor, { token: 'ghp_madeupmadeupmadeup' }).catch((error: unknown) => error));
    expect(await Promise.all(tries)).toContainEqual(expect.objectContaining({ kind: 'limit_reached' }));
    expect(gitHub.requests).toHaveLength(10);
  });

  it('twice at the same moment ends with one of the two, whole', async () => {
    const tokens = [gitHub.tokens.add(gitHub.user), gitHub.tokens.add({ ...gitHub.user, id: 2, login: 'hubot' })];
    await Promise.all(tokens.map(({ value }) => connectGitHubToken(person.actor, { token: value })));
    const kept = await gitHubTokenOf(bench.database, person.actor.userId);
    expect(kept?.login).toBe(tokens.find(({ value }) => value === kept?.value)?.user.login);
  });
});

describe('disconnecting', () => {
  it('forgets the token, and a new one begins anew', async () => {
    await connect();
    expect((await disconnectGitHub(person.actor)).connection).toBeNull();
    expect(await gitHubTokenOf(bench.database, person.actor.userId)).toBeNull();
    expect(await bench.database.select().from(secrets).where(eq(secrets.ownerId, person.actor.userId))).toEqual([]);
    expect((await disconnectGitHub(person.actor)).connection).toBeNull();
    const actions = await bench.database.select({ action: auditEvents.action }).from(auditEvents).where(eq(auditEvents.actorId, person.actor.userId)).orderBy(auditEvents.id);
    expect(actions.map(({ action }) => action)).toEqual(['github_connected', 'github_disconnected']);
    expect((await connect()).state.connection).toMatchObject({ status: 'connected' });
  });
});

describe('a refused token', () => {
  it('fails the connection and tells its owner once, until another one is connected', async () => {
    await connect();
    const used = await gitHubTokenOf(bench.database, person.actor.userId);
    if (!used) throw new Error('There is no token.');
    expect(await canGitHubSignIn(bench.database, person.actor.userId)).toBe(true);
    await noteGitHubRefusal(bench.database, person.actor.userId, used, 'GitHub refused the token: it was revoked or has expired.');
    await noteGitHubRefusal(bench.database, person.actor.userId, used, 'And again.');
    expect((await gitHubStateOf(person.actor)).connection).toMatchObject({ status: 'failed', statusReason: 'GitHub refused the token: it was revoked or has expired.' });
    expect(await openAlerts()).toMatchObject([{ kind: 'github_sign_in_failed', count: 1, link: '/settings?tab=connections' }]);
    expect(await canGitHubSignIn(bench.database, person.actor.userId)).toBe(false);
    await connect();
    expect(await canGitHubSignIn(bench.database, person.actor.userId)).toBe(true);
    expect(await openAlerts()).toEqual([]);
  });

  it('that was replaced meanwhile says nothing of the new one', async () => {
    await connect();
    const used = await gitHubTokenOf(bench.database, person.actor.userId);
    if (!used) throw new Error('There is no token.');
    await connect();
    await noteGitHubRefusal(bench.database, person.actor.userId, used, 'The old one.');
    expect(await row()).toMatchObject({ status: 'connected' });
    expect(await openAlerts()).toEqual([]);
  });

  it('is noticed by whatever asks GitHub with it', async () => {
    const { token } = await connect();
    token.revoked = true;
    await expect(searchRepositories(person.actor, { text: '' })).rejects.toMatchObject({ kind: 'precondition' });
    expect(await row()).toMatchObject({ status: 'failed' });
    const asked = gitHub.requests.length;
    await expect(branchesOf(person.actor, { fullName: 'octocat/hello' })).rejects.toMatchObject({ kind: 'precondition' });
    expect(gitHub.requests).toHaveLength(asked);
  });
});

describe('checking', () => {
  it('comes every hour with one call, and not before', async () => {
    await connect();
    gitHub.requests.length = 0;
    await round();
    expect(gitHub.requests).toEqual([]);
    await backdate(61 * 60_000);
    await round();
    await round();
    expect(gitHub.requests).toEqual(['GET /api/v3/user']);
  });

  it('fails a revoked one with an alert, asks about it no more than once a day, and takes it back when GitHub knows it again', async () => {
    const { token } = await connect();
    token.revoked = true;
    await backdate(2 * 3_600_000);
    await round();
    expect(await row()).toMatchObject({ status: 'failed', statusReason: expect.stringContaining('revoked') as string });
    expect(await openAlerts()).toHaveLength(1);
    gitHub.requests.length = 0;
    await backdate(2 * 3_600_000);
    await round();
    expect(gitHub.requests).toEqual([]);
    token.revoked = false;
    await backdate(2 * DAY_MS);
    await round();
    expect(await row()).toMatchObject({ status: 'connected', statusReason: null });
    expect(await openAlerts()).toEqual([]);
  });

  it('fails one whose end has come without asking, also while GitHub is away', async () => {
    await connect({ expiresAt: new Date(Date.now() + 5000) });
    await bench.database.update(gitHubConnections).set({ expiresAt: new Date('2026-01-02T03:04:05Z') });
    gitHub.requests.length = 0;
    gitHub.faults.apiStatus = 500;
    await round();
    expect(gitHub.requests).toEqual([]);
    expect(await row()).toMatchObject({ status: 'failed', statusReason: 'The token expired on 2026-01-02. Replace it with a new one.' });
    expect(await openAlerts()).toHaveLength(1);
  });

  it('never fails one because GitHub is away or has enough of us; it only stays unchecked', async () => {
    const { token } = await connect();
    for (const trouble of [{ apiStatus: 500 }, { apiStatus: 503 }, { apiRedirect: `${gitHub.url}/elsewhere` }]) {
      gitHub.faults = trouble;
      await backdate(2 * 3_600_000);
      const { checkedAt } = (await row()) ?? {};
      await round();
      expect(await row()).toMatchObject({ status: 'connected', checkedAt });
      await expect(checkGitHub(person.actor)).rejects.toMatchObject({ kind: 'unavailable' });
    }
    gitHub.faults = {};
    token.callsLeft = 0;
    await expect(checkGitHub(person.actor)).rejects.toMatchObject({ kind: 'limit_reached' });
    changeEnvironment({ ANYON_GITHUB_API_URL: 'http://localhost:1' });
    await expect(checkGitHub(person.actor)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await row()).toMatchObject({ status: 'connected' });
    expect(await openAlerts()).toEqual([]);
  });

  it('leaves a token alone whose calls are used up, until the time that GitHub names', async () => {
    const { token } = await connect();
    token.callsLeft = 0;
    await backdate(2 * 3_600_000);
    gitHub.requests.length = 0;
    await round();
    token.callsLeft = null;
    await round();
    expect(gitHub.requests).toEqual(['GET /api/v3/user']);
    vi.setSystemTime(Date.now() + 11 * 60_000);
    await round();
    vi.useRealTimers();
    expect(gitHub.requests).toHaveLength(2);
    expect(await row()).toMatchObject({ status: 'connected' });
  });

  it('gives up a round after three calls without an answer', async () => {
    for (let count = 0; count < 5; count++) {
      person = await signedInPerson(bench.database, `person-${randomUUID()}`);
      await connect();
      await backdate(2 * 3_600_000);
    }
    gitHub.requests.length = 0;
    gitHub.faults.apiStatus = 502;
    await round();
    expect(gitHub.requests).toHaveLength(3);
  });

  it('follows what changes on GitHub: the login, the scopes, the end', async () => {
    const { token } = await connect();
    Object.assign(token, { user: { ...octocat, login: 'renamed' }, scopes: ['read:org'], expiresAt: new Date(Math.ceil(Date.now() / 1000) * 1000 + 10 * DAY_MS) });
    expect((await checkGitHub(person.actor)).connection).toMatchObject({ login: 'renamed', scopes: ['read:org'], status: 'expiring', expiresAt: token.expiresAt, statusReason: expect.stringContaining('“repo”') as string });
  });

  it('that comes too late changes nothing of what happened meanwhile', async () => {
    const { token } = await connect();
    const answer = Promise.withResolvers<void>();
    gitHub.faults.apiHold = answer.promise;
    gitHub.requests.length = 0;
    const late = checkGitHub(person.actor);
    await vi.waitFor(() => expect(gitHub.requests).toHaveLength(1));
    const used = await gitHubTokenOf(bench.database, person.actor.userId);
    await noteGitHubRefusal(bench.database, person.actor.userId, used ?? { secretId: '', version: 0 }, 'git was refused.');
    answer.resolve();
    await late;
    expect(await row()).toMatchObject({ status: 'failed', statusReason: 'git was refused.' });
    token.revoked = true;
    await connect();
    expect(await row()).toMatchObject({ status: 'connected' });
  });

  it('comes before a use, unless GitHub said so lately; a refused token is noted and given all the same', async () => {
    const { token } = await connect();
    gitHub.requests.length = 0;
    expect((await gitHubTokenForUse(person.actor.userId))?.value).toBe(token.value);
    expect(gitHub.requests).toEqual([]);
    token.revoked = true;
    await backdate(11 * 60_000);
    expect((await gitHubTokenForUse(person.actor.userId))?.value).toBe(token.value);
    expect(gitHub.requests).toEqual(['GET /api/v3/user']);
    expect(await row()).toMatchObject({ status: 'failed' });
    expect(await openAlerts()).toHaveLength(1);
  });

  it('before a use waits for a GitHub that is away once a minute and not for every run', async () => {
    const { token } = await connect();
    gitHub.faults.apiStatus = 500;
    await backdate(11 * 60_000);
    gitHub.requests.length = 0;
    for (let count = 0; count < 3; count++) expect((await gitHubTokenForUse(person.actor.userId))?.value).toBe(token.value);
    expect(gitHub.requests).toHaveLength(1);
    expect(await row()).toMatchObject({ status: 'connected' });
  });

  it('sends no token to a GitHub that it is not of', async () => {
    await connect();
    const another = await startFakeGitHub();
    try {
      changeEnvironment({ ANYON_GITHUB_URL: another.url });
      await expect(searchRepositories(person.actor, { text: '' })).rejects.toMatchObject({ kind: 'precondition' });
      await backdate(2 * 3_600_000);
      await round();
      expect(await row()).toMatchObject({ status: 'failed', statusReason: expect.stringContaining(`This token is for ${new URL(gitHub.url).host}`) as string });
      expect(another.requests).toEqual([]);
    } finally {
      await another.close();
    }
  });
});

describe('choosing a repository', () => {
  beforeEach(() => {
    gitHub.repositories = Array.from({ length: 230 }, (_, index) => fakeRepository(`octocat/project-${index}`, ['octocat'], { pushedAt: new Date(Date.now() - index * 1000), private: index % 2 === 0 }));
    gitHub.repositories.push(fakeRepository('corp/Secret-Tool', ['octocat'], { pushedAt: new Date(0), defaultBranch: 'trunk', branches: ['trunk', ...Array.from({ length: 120 }, (_, index) => `work/${index}`)] }), fakeRepository('corp/hidden', ['hubot']));
  });

  it('offers the newest pushes first, at most fifty, and finds the others by parts of their name', async () => {
    await connect();
    const newest = await searchRepositories(person.actor, { text: '' });
    expect(newest).toHaveLength(50);
    expect(newest[0]).toMatchObject({ fullName: 'octocat/project-0', cloneUrl: `${gitHub.url}/octocat/project-0.git`, defaultBranch: 'main', private: true });
    expect(await searchRepositories(person.actor, { text: 'secret corp' })).toMatchObject([{ fullName: 'corp/Secret-Tool', defaultBranch: 'trunk' }]);
    expect(await searchRepositories(person.actor, { text: 'hidden' })).toEqual([]);
  });

  it('asks GitHub once a minute and not with every key, and again with another token', async () => {
    await connect();
    gitHub.requests.length = 0;
    await Promise.all(['p', 'pr', 'pro', ''].map((text) => searchRepositories(person.actor, { text })));
    expect(gitHub.requests).toEqual(Array.from({ length: 3 }, () => 'GET /api/v3/user/repos'));
    gitHub.user = { ...octocat, id: 9, login: 'hubot' };
    await connect();
    expect(await searchRepositories(person.actor, { text: '' })).toMatchObject([{ fullName: 'corp/hidden' }]);
  });

  it('does not keep a failure', async () => {
    await connect();
    gitHub.faults.apiStatus = 500;
    await expect(searchRepositories(person.actor, { text: '' })).rejects.toMatchObject({ kind: 'unavailable' });
    gitHub.faults = {};
    expect(await searchRepositories(person.actor, { text: 'secret' })).toHaveLength(1);
  });

  it('lists every branch of one, and nothing of one that the token does not see', async () => {
    await connect();
    expect(await branchesOf(person.actor, { fullName: 'corp/Secret-Tool' })).toHaveLength(121);
    await expect(branchesOf(person.actor, { fullName: 'corp/hidden' })).rejects.toMatchObject({ kind: 'not_found' });
  });
});
