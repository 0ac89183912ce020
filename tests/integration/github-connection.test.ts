import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import superjson from 'superjson';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GitHubState } from '@/contract/connection';
import { auditEvents, secrets, secretVersions, users } from '@/db/schema';
import { connectGitHubToken, disconnectGitHub } from '@/server/connections/github/connect-github';
import { gitHubStateOf } from '@/server/connections/github/github-connection';
import { canGitHubSignIn, gitHubTokenOf, noteGitHubRefusal } from '@/server/connections/github/github-health';
import { branchesOf, searchRepositories } from '@/server/connections/github/repository-choices';
import { handleTrpcRequest } from '@/server/trpc/http-handler';
import { GitHubConnectionBench } from '@/tests/setup/github-connection-bench';
import { signedInPerson } from '@/tests/setup/test-people';
import { PUBLIC_URL } from '@/tests/setup/test-sign-in';

/** A person’s connection to GitHub: how it comes, goes, and fails. */
const DAY_MS = 24 * 3_600_000;
let bench: GitHubConnectionBench;

beforeAll(async () => {
  bench = await GitHubConnectionBench.start();
});
beforeEach(() => bench.reset());
afterAll(() => bench?.close());

describe('connecting by a token', () => {
  it('keeps it sealed, tells whose it is and what it may, and never gives it back', async () => {
    const { value } = bench.gitHub.tokens.add(bench.gitHub.user);
    const answer = await handleTrpcRequest(
      new Request(`${PUBLIC_URL}/api/trpc/connections.gitHub.connect`, { method: 'POST', headers: { cookie: bench.person.cookie, host: 'localhost:3000', origin: PUBLIC_URL, 'content-type': 'application/json' }, body: JSON.stringify(superjson.serialize({ token: `  ${value}\n` })) }),
    );
    const text = await answer.text();
    expect(text).not.toContain(value);
    const state = superjson.deserialize<GitHubState>((JSON.parse(text) as { result: { data: never } }).result.data);
    expect(state).toMatchObject({ connection: { status: 'connected', statusReason: null, method: 'pat', login: 'octocat', host: new URL(bench.gitHub.url).host, scopes: ['repo', 'read:org', 'workflow'], lastFour: value.slice(-4), expiresAt: null }, signsInAs: null });
    expect(state.connection?.checkedAt).toBeInstanceOf(Date);
    const stored = JSON.stringify(await bench.database.select().from(secretVersions));
    for (const form of [value, Buffer.from(value).toString('base64'), Buffer.from(value).toString('hex')]) expect(stored).not.toContain(form);
    expect(await gitHubTokenOf(bench.database, bench.person.actor.userId)).toMatchObject({ value, login: 'octocat', host: new URL(bench.gitHub.url).host, name: 'github', version: 1 });
    expect(await bench.database.select().from(auditEvents).where(eq(auditEvents.actorId, bench.person.actor.userId))).toMatchObject([{ action: 'github_connected', subject: 'octocat' }]);
  });

  it('refuses one that GitHub does not know, was revoked or has expired, and keeps what was there', async () => {
    const { token } = await bench.connect();
    const revoked = bench.gitHub.tokens.add(bench.gitHub.user);
    revoked.revoked = true;
    const expired = bench.gitHub.tokens.add(bench.gitHub.user, { expiresAt: new Date(Date.now() - 1000) });
    for (const bad of [revoked.value, expired.value, 'ghp_madeupmadeupmadeup']) await expect(connectGitHubToken(bench.person.actor, { token: bad })).rejects.toMatchObject({ kind: 'invalid', message: expect.stringContaining('does not know this token') as string });
    expect(await gitHubTokenOf(bench.database, bench.person.actor.userId)).toMatchObject({ value: token.value, version: 1 });
  });

  it('keeps nothing while GitHub cannot be asked', async () => {
    const { value } = bench.gitHub.tokens.add(bench.gitHub.user);
    bench.gitHub.faults.apiStatus = 503;
    await expect(connectGitHubToken(bench.person.actor, { token: value })).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await bench.row()).toBeUndefined();
    expect(await bench.database.select().from(secrets).where(eq(secrets.ownerId, bench.person.actor.userId))).toEqual([]);
  });

  it('keeps one that may do too little, and says so; of a fine-grained one GitHub names no scopes', async () => {
    expect((await bench.connect({ scopes: ['read:user'] })).state.connection).toMatchObject({ status: 'connected', statusReason: expect.stringContaining('lacks the scope “repo”') as string });
    expect((await bench.connect({ scopes: ['repo'] })).state.connection).toMatchObject({ statusReason: expect.stringContaining('“workflow”') as string });
    expect((await bench.connect({ scopes: [] })).state.connection).toMatchObject({ statusReason: expect.stringContaining('“repo”') as string });
    expect((await bench.connect({ prefix: 'github_pat_', scopes: null })).state.connection).toMatchObject({ statusReason: null, scopes: [] });
  });

  it('says that a token ends soon', async () => {
    const soon = new Date(Math.ceil(Date.now() / 1000) * 1000 + 3 * DAY_MS);
    expect((await bench.connect({ expiresAt: soon })).state.connection).toMatchObject({ status: 'expiring', expiresAt: soon });
    expect((await bench.connect({ expiresAt: new Date(Date.now() + 20 * DAY_MS) })).state.connection).toMatchObject({ status: 'connected' });
  });

  it('says when the account is another one than that of the sign-in, and changes nobody', async () => {
    await bench.database.update(users).set({ githubId: bench.octocat.id + 7 }).where(eq(users.id, bench.person.actor.userId));
    const before = await bench.database.select().from(users).where(eq(users.id, bench.person.actor.userId));
    expect((await bench.connect()).state).toMatchObject({ connection: { login: 'octocat' }, signsInAs: bench.person.actor.login });
    expect(await bench.database.select().from(users).where(eq(users.id, bench.person.actor.userId))).toEqual(before);
  });

  it('is everybody’s own: nobody else has it', async () => {
    await bench.connect();
    const other = await signedInPerson(bench.database, `other-${randomUUID()}`, 'admin');
    expect((await gitHubStateOf(other.actor)).connection).toBeNull();
    expect(await gitHubTokenOf(bench.database, other.actor.userId)).toBeNull();
    await expect(searchRepositories(other.actor, { text: '' })).rejects.toMatchObject({ kind: 'precondition' });
  });

  it('works only so often in a minute', async () => {
    const tries = Array.from({ length: 11 }, () => connectGitHubToken(bench.person.actor, { token: 'ghp_madeupmadeupmadeup' }).catch((error: unknown) => error));
    expect(await Promise.all(tries)).toContainEqual(expect.objectContaining({ kind: 'limit_reached' }));
    expect(bench.gitHub.requests).toHaveLength(10);
  });

  it('twice at the same moment ends with one of the two, whole', async () => {
    const tokens = [bench.gitHub.tokens.add(bench.gitHub.user), bench.gitHub.tokens.add({ ...bench.gitHub.user, id: 2, login: 'hubot' })];
    await Promise.all(tokens.map(({ value }) => connectGitHubToken(bench.person.actor, { token: value })));
    const kept = await gitHubTokenOf(bench.database, bench.person.actor.userId);
    expect(kept?.login).toBe(tokens.find(({ value }) => value === kept?.value)?.user.login);
  });
});

describe('disconnecting', () => {
  it('forgets the token, and a new one begins anew', async () => {
    await bench.connect();
    expect((await disconnectGitHub(bench.person.actor)).connection).toBeNull();
    expect(await gitHubTokenOf(bench.database, bench.person.actor.userId)).toBeNull();
    expect(await bench.database.select().from(secrets).where(eq(secrets.ownerId, bench.person.actor.userId))).toEqual([]);
    expect((await disconnectGitHub(bench.person.actor)).connection).toBeNull();
    const actions = await bench.database.select({ action: auditEvents.action }).from(auditEvents).where(eq(auditEvents.actorId, bench.person.actor.userId)).orderBy(auditEvents.id);
    expect(actions.map(({ action }) => action)).toEqual(['github_connected', 'github_disconnected']);
    expect((await bench.connect()).state.connection).toMatchObject({ status: 'connected' });
  });
});

describe('a refused token', () => {
  it('fails the connection and tells its owner once, until another one is connected', async () => {
    await bench.connect();
    const used = await gitHubTokenOf(bench.database, bench.person.actor.userId);
    if (!used) throw new Error('There is no token.');
    expect(await canGitHubSignIn(bench.database, bench.person.actor.userId)).toBe(true);
    await noteGitHubRefusal(bench.database, bench.person.actor.userId, used, 'GitHub refused the token: it was revoked or has expired.');
    await noteGitHubRefusal(bench.database, bench.person.actor.userId, used, 'And again.');
    expect((await gitHubStateOf(bench.person.actor)).connection).toMatchObject({ status: 'failed', statusReason: 'GitHub refused the token: it was revoked or has expired.' });
    expect(await bench.openAlerts()).toMatchObject([{ kind: 'github_sign_in_failed', count: 1, link: '/settings?tab=connections' }]);
    expect(await canGitHubSignIn(bench.database, bench.person.actor.userId)).toBe(false);
    await bench.connect();
    expect(await canGitHubSignIn(bench.database, bench.person.actor.userId)).toBe(true);
    expect(await bench.openAlerts()).toEqual([]);
  });

  it('that was replaced meanwhile says nothing of the new one', async () => {
    await bench.connect();
    const used = await gitHubTokenOf(bench.database, bench.person.actor.userId);
    if (!used) throw new Error('There is no token.');
    await bench.connect();
    await noteGitHubRefusal(bench.database, bench.person.actor.userId, used, 'The old one.');
    expect(await bench.row()).toMatchObject({ status: 'connected' });
    expect(await bench.openAlerts()).toEqual([]);
  });

  it('is noticed by whatever asks GitHub with it', async () => {
    const { token } = await bench.connect();
    token.revoked = true;
    await expect(searchRepositories(bench.person.actor, { text: '' })).rejects.toMatchObject({ kind: 'precondition' });
    expect(await bench.row()).toMatchObject({ status: 'failed' });
    const asked = bench.gitHub.requests.length;
    await expect(branchesOf(bench.person.actor, { fullName: 'octocat/hello' })).rejects.toMatchObject({ kind: 'precondition' });
    expect(bench.gitHub.requests).toHaveLength(asked);
  });
});
