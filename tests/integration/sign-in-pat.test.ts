import { NextRequest } from 'next/server';
import { uuidv7 } from 'uuidv7';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { allowedGitHub, auditEvents, sessions, setupTokens, users } from '@/db/schema';
import { answerAuthRequest } from '@/server/auth/auth-route';
import { createSetupToken, isSetUp } from '@/server/parent/setup-token';
import { ownProfile } from '@/server/people/own-sessions';
import { forgetRates } from '@/server/rate-limits';
import { startFakeGitHub, type FakeGitHub, type FakeGitHubUser } from '@/tests/fakes/fake-github';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { actorOf, auditSince, newBrowser, post, signInWithGitHub, startSignIn, type SignInBench } from '@/tests/setup/test-sign-in';

const ACME = 9_919;

let github: FakeGitHub;
let bench: SignInBench;
let octocat: FakeGitHubUser;
/** Audit events of this test come after it. */
let mark: string;

beforeAll(async () => {
  github = await startFakeGitHub();
  octocat = { ...github.user };
  bench = await startSignIn({ AUTH_GITHUB_ID: github.clientId, AUTH_GITHUB_SECRET: github.clientSecret, ANYON_GITHUB_URL: github.url });
});
beforeEach(async () => {
  forgetRates();
  mark = uuidv7();
  await bench.database.delete(users);
  await bench.database.delete(allowedGitHub);
  await bench.database.delete(setupTokens);
  github.user = { ...octocat };
  github.faults = {};
  github.organisations = [{ id: ACME, login: 'acme', members: [] }];
  changeEnvironment({ ANYON_ALLOWED_GITHUB_IDS: String(octocat.id), ANYON_DEPLOYMENT_MODE: undefined });
});
afterEach(() => changeEnvironment({ ANYON_DEPLOYMENT_MODE: undefined }));
afterAll(async () => {
  await bench.close();
  await github.close();
});

/** Sends a token to the form's address and returns what came of it. */
async function attempt(token: string, setupToken = '') {
  const browser = newBrowser();
  const end = await browser.follow(await post(browser, '/api/auth/callback/github-token', { token, setupToken }));
  return { browser, path: end.pathname, code: end.searchParams.get('code'), actor: await actorOf(browser) };
}

describe('signing in with a token of GitHub’s', () => {
  it('lets a person in whose id is on the list, and keeps scopes and end, never the token', async () => {
    const expiresAt = new Date('2090-03-04T05:06:07Z');
    const { value } = github.tokens.add(octocat, { scopes: ['read:user', 'repo'], expiresAt });
    const { path, code, actor } = await attempt(value);
    expect({ path, code }).toEqual({ path: '/', code: null });
    expect(actor).toMatchObject({ login: 'octocat', role: 'member' });
    expect(await bench.database.select().from(sessions)).toMatchObject([{ id: actor?.sessionId, via: 'pat', tokenScopes: ['read:user', 'repo'], tokenExpiresAt: expiresAt }]);
    expect(actor && (await ownProfile(actor))).toMatchObject({ login: 'octocat', via: 'pat', tokenScopes: ['read:user', 'repo'], tokenExpiresAt: expiresAt });
    const everything = JSON.stringify([await bench.database.select().from(users), await bench.database.select().from(sessions), await bench.database.select().from(auditEvents)]);
    expect(everything).not.toContain(value);
    expect(everything).not.toContain(value.slice(-12));
  });

  it('makes the same person as signing in on GitHub’s own page', async () => {
    const browser = newBrowser();
    await signInWithGitHub(browser);
    const byPage = await actorOf(browser);
    const { actor } = await attempt(github.tokens.add(octocat).value);
    expect(actor?.userId).toBe(byPage?.userId);
    expect(actor?.sessionId).not.toBe(byPage?.sessionId);
  });

  it('ends with the token, if that ends sooner than the sign-in would', async () => {
    const expiresAt = new Date(Math.ceil(Date.now() / 1000) * 1000 + 3_600_000);
    await attempt(github.tokens.add(octocat, { expiresAt }).value);
    expect((await bench.database.select().from(sessions))[0]?.expiresAt).toEqual(expiresAt);
  });

  it.each([
    ['is no token at all', 'pat-malformed', () => 'hello'],
    ['is empty', 'pat-malformed', () => ''],
    ['is far too long', 'pat-malformed', () => 'ghp_'.padEnd(100_000, 'a')],
    ['GitHub does not know', 'pat-unknown', () => 'ghp_madeupmadeupmadeupmadeup'],
    ['has expired', 'pat-unknown', () => github.tokens.add(octocat, { expiresAt: new Date(Date.now() - 1000) }).value],
    ['belongs to somebody who is not on the list', 'AccessDenied', () => github.tokens.add({ ...octocat, id: 99, email: 'octocat@example.com' }).value],
  ])('is refused with a token that %s', async (_, code, token) => {
    expect(await attempt(token())).toMatchObject({ path: '/sign-in', code, actor: null });
    expect(await bench.database.select().from(users)).toEqual([]);
    expect(await auditSince(bench, mark)).toMatchObject([{ action: 'sign_in_refused', details: { reason: code, via: 'pat' } }]);
  });

  it.each([500, 502, 503])('WEB-05: lets nobody in while GitHub answers %s', async (userStatus) => {
    github.faults = { userStatus };
    expect(await attempt(github.tokens.add(octocat).value)).toMatchObject({ code: 'github-unreachable', actor: null });
  });
});

describe('an organisation on the list', () => {
  beforeEach(async () => {
    changeEnvironment({ ANYON_ALLOWED_GITHUB_IDS: '' });
    await bench.database.insert(allowedGitHub).values({ kind: 'organisation', githubId: ACME, login: 'acme' });
  });
  const join = () => github.organisations[0]?.members.push(octocat.id);

  it('lets its members in, by token and by GitHub’s own page, which is asked for the right to see it', async () => {
    join();
    expect((await attempt(github.tokens.add(octocat).value)).actor).toMatchObject({ login: 'octocat', role: 'member' });
    const browser = newBrowser();
    const toGitHub = await post(browser, '/api/auth/signin/github', { callbackUrl: '/' });
    expect(new URL(toGitHub.location ?? '').searchParams.get('scope')).toBe('read:user read:org');
    await browser.follow(toGitHub);
    expect(await actorOf(browser)).toMatchObject({ login: 'octocat' });
    expect(await bench.database.select().from(users)).toMatchObject([{ admittedOrganisationId: ACME }]);
  });

  it('lets nobody else in: no stranger, nobody whose token may not see it, nobody in another organisation that has its name now', async () => {
    const denied = { code: 'AccessDenied', actor: null };
    expect(await attempt(github.tokens.add(octocat).value)).toMatchObject(denied);
    join();
    expect(await attempt(github.tokens.add(octocat, { scopes: ['repo'] }).value)).toMatchObject(denied);
    expect(await attempt(github.tokens.add(octocat, { scopes: null, prefix: 'github_pat_' }).value)).toMatchObject(denied);
    github.organisations = [{ id: ACME + 1, login: 'acme', members: [octocat.id] }];
    expect(await attempt(github.tokens.add(octocat).value)).toMatchObject(denied);
  });

  it('WEB-05: lets nobody in while GitHub cannot say who is a member, by either way', async () => {
    join();
    github.faults = { organisationsStatus: 502 };
    expect(await attempt(github.tokens.add(octocat).value)).toMatchObject({ code: 'github-unreachable', actor: null });
    const browser = newBrowser();
    const end = await signInWithGitHub(browser);
    expect([end.pathname, end.searchParams.get('error'), await actorOf(browser)]).toEqual(['/sign-in', 'github-unreachable', null]);
    expect(await bench.database.select().from(users)).toEqual([]);
  });

  it('WEB-05: lets in for an hour; then somebody must confirm it again', async () => {
    join();
    const { browser } = await attempt(github.tokens.add(octocat).value);
    await bench.database.update(users).set({ admittedAt: new Date(Date.now() - 59 * 60_000) });
    expect(await actorOf(browser)).not.toBeNull();
    await bench.database.update(users).set({ admittedAt: new Date(Date.now() - 61 * 60_000) });
    expect(await actorOf(browser)).toBeNull();
  });

  it('lets nobody in any more once it is off the list', async () => {
    join();
    const { browser } = await attempt(github.tokens.add(octocat).value);
    await bench.database.delete(allowedGitHub);
    expect(await actorOf(browser)).toBeNull();
  });
});

describe('WEB-24: the one-time token of a cloud install', () => {
  beforeEach(() => changeEnvironment({ ANYON_DEPLOYMENT_MODE: 'cloud', ANYON_ALLOWED_GITHUB_IDS: '' }));
  const setUp = () => createSetupToken(bench.url);
  const other = () => ({ ...octocat, id: 42, login: 'second' });

  it('makes the account that comes with it the first administrator, and puts it on the list', async () => {
    const setupToken = await setUp();
    const { browser, actor } = await attempt(github.tokens.add(octocat).value, setupToken);
    expect(actor).toMatchObject({ login: 'octocat', role: 'admin' });
    expect(await bench.database.select().from(allowedGitHub)).toMatchObject([{ kind: 'person', githubId: octocat.id }]);
    await post(browser, '/api/auth/signout');
    expect((await attempt(github.tokens.add(octocat).value)).actor).toMatchObject({ userId: actor?.userId, role: 'admin' });
  });

  it('does so by GitHub’s own page too, and leaves no cookie behind', async () => {
    const browser = newBrowser();
    browser.jar.set('anyon-setup-3000', await setUp());
    await signInWithGitHub(browser);
    expect(await actorOf(browser)).toMatchObject({ login: 'octocat', role: 'admin' });
    expect(browser.jar.has('anyon-setup-3000')).toBe(false);
  });

  it('gives an install that was local before to the account: the owner keeps what is theirs', async () => {
    const [owner] = await bench.database.insert(users).values({ id: uuidv7(), login: 'owner', role: 'admin' }).returning();
    const { actor } = await attempt(github.tokens.add(octocat).value, await setUp());
    expect(actor).toMatchObject({ userId: owner?.id, login: 'octocat', role: 'admin' });
    expect(await attempt(github.tokens.add(other()).value, await setUp())).toMatchObject({ code: 'setup-token-bound', actor: null });
  });

  it('works once: not again, not for another, and no later token either', async () => {
    const setupToken = await setUp();
    await attempt(github.tokens.add(octocat).value, setupToken);
    for (const token of [setupToken, await setUp()]) {
      expect(await attempt(github.tokens.add(other()).value, token)).toMatchObject({ code: 'setup-token-bound', actor: null });
    }
    expect(await bench.database.select().from(users)).toHaveLength(1);
  });

  it('makes one administrator of eight accounts that send it at the same moment', async () => {
    const setupToken = await setUp();
    await Promise.all(Array.from({ length: 8 }, (_, index) => attempt(github.tokens.add({ ...octocat, id: index + 1, login: `person-${index}` }).value, setupToken)));
    expect(await bench.database.select().from(users)).toMatchObject([{ role: 'admin' }]);
  });

  it('makes nobody anything when it is made up, used up or expired', async () => {
    expect(await attempt(github.tokens.add(octocat).value, 'A'.repeat(43))).toMatchObject({ code: 'setup-token-unknown', actor: null });
    const expired = await setUp();
    await bench.database.update(setupTokens).set({ expiresAt: new Date(Date.now() - 1) });
    expect(await attempt(github.tokens.add(octocat).value, expired)).toMatchObject({ code: 'setup-token-expired', actor: null });
    expect(await bench.database.select().from(users)).toEqual([]);
  });

  it('is not even printed any more once there is an administrator; in a local install it always is', async () => {
    expect(await isSetUp(bench.url)).toBe(false);
    await attempt(github.tokens.add(octocat).value, await setUp());
    expect(await isSetUp(bench.url)).toBe(true);
    changeEnvironment({ ANYON_DEPLOYMENT_MODE: 'local' });
    expect(await isSetUp(bench.url)).toBe(false);
  });

  it('is worth nothing in a local install beside an account that is not on the list', async () => {
    changeEnvironment({ ANYON_DEPLOYMENT_MODE: 'local' });
    expect(await attempt(github.tokens.add(octocat).value, await setUp())).toMatchObject({ code: 'AccessDenied', actor: null });
    expect(await bench.database.select().from(setupTokens)).toMatchObject([{ usedAt: null }]);
  });
});

describe('WEB-16: tries to sign in', () => {
  const wrong = 'ghp_madeupmadeupmadeupmadeup';
  const tryFrom = async (headers: Record<string, string>, token = wrong) => {
    const browser = newBrowser();
    const { csrfToken } = JSON.parse((await browser.open('/api/auth/csrf')).text) as { csrfToken: string };
    return browser.open('/api/auth/callback/github-token', { token, csrfToken }, headers);
  };

  it('are ten a minute from one address; others are not held up, and a made-up X-Forwarded-For helps nobody', async () => {
    for (let tries = 0; tries < 10; tries++) expect((await tryFrom({ 'x-anyon-peer': '203.0.113.7', 'x-forwarded-for': `198.51.100.${tries}` })).status).toBe(302);
    const refused = await tryFrom({ 'x-anyon-peer': '203.0.113.7', 'x-forwarded-for': '198.51.100.99' }, github.tokens.add(octocat).value);
    expect(refused.status).toBe(429);
    expect(refused.cookies).toEqual([]);
    expect(JSON.parse(refused.text)).toMatchObject({ kind: 'limit_reached', message: expect.stringMatching(/^That was too often. Wait \d+ seconds/) as string });
    const again = await answerAuthRequest(new NextRequest('http://localhost:3000/api/auth/callback/github?code=x&state=y', { headers: { 'x-anyon-peer': '203.0.113.7' } }));
    expect(again.status).toBe(429);
    expect(Number(again.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(await tryFrom({ 'x-anyon-peer': '203.0.113.8' }, github.tokens.add(octocat).value)).toMatchObject({ status: 302, location: 'http://localhost:3000/' });
  });

  it('are counted by the real address behind a proxy that is trusted', async () => {
    changeEnvironment({ ANYON_TRUSTED_PROXY: '10.0.0.0/8' });
    const viaProxy = (client: string) => tryFrom({ 'x-anyon-peer': '10.1.2.3', 'x-forwarded-for': `made.up, ${client}, 10.9.9.9` });
    for (let tries = 0; tries < 10; tries++) await viaProxy('203.0.113.7');
    expect((await viaProxy('203.0.113.7')).status).toBe(429);
    expect((await viaProxy('203.0.113.8')).status).toBe(302);
    changeEnvironment({ ANYON_TRUSTED_PROXY: undefined });
  });

  it('do not count when they succeed, but an account has ten a minute', async () => {
    const { value } = github.tokens.add(octocat);
    for (let tries = 0; tries < 10; tries++) expect((await attempt(value)).actor).not.toBeNull();
    expect(await attempt(value)).toMatchObject({ code: 'rate-limited', actor: null });
    changeEnvironment({ ANYON_ALLOWED_GITHUB_IDS: '42' });
    expect((await attempt(github.tokens.add({ ...octocat, id: 42, login: 'second' }).value)).actor).not.toBeNull();
  });
});
