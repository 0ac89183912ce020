import { NextRequest } from 'next/server';
import { uuidv7 } from 'uuidv7';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { allowedGitHub, sessions, setupTokens, users } from '@/db/schema';
import { answerAuthRequest } from '@/server/auth/auth-route';
import { forgetRates } from '@/server/rate-limits';
import { startFakeGitHub, type FakeGitHub, type FakeGitHubUser } from '@/tests/fakes/fake-github';
import type { TestBrowser } from '@/tests/setup/test-browser';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { actorOf, auditSince, newBrowser, post, signInWithGitHub, startSignIn, type SignInBench } from '@/tests/setup/test-sign-in';

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
  await bench.database.delete(users);
  await bench.database.delete(allowedGitHub);
  await bench.database.delete(setupTokens);
  mark = uuidv7();
  allow(octocat.id);
});
afterEach(() => {
  github.user = { ...octocat };
  github.faults = {};
  github.requests.length = 0;
  changeEnvironment({ ANYON_DEPLOYMENT_MODE: undefined, ANYON_GITHUB_API_URL: undefined, AUTH_GITHUB_SECRET: github.clientSecret });
});
afterAll(async () => {
  await bench.close();
  await github.close();
});

function allow(...ids: number[]): void {
  changeEnvironment({ ANYON_ALLOWED_GITHUB_IDS: ids.join(',') });
}

/** Signs in and returns what came of it. */
async function attempt(browser: TestBrowser = newBrowser()) {
  const end = await signInWithGitHub(browser);
  return { browser, path: end.pathname, error: end.searchParams.get('error'), actor: await actorOf(browser) };
}

/** Goes as far as GitHub's way back, which is returned and not taken. */
async function wayBack(browser: TestBrowser): Promise<URL> {
  const toGitHub = await post(browser, '/api/auth/signin/github', { callbackUrl: '/' });
  const back = await browser.open(toGitHub.location ?? '');
  return new URL(back.location ?? '');
}

async function expectNobody(): Promise<void> {
  expect(await bench.database.select().from(users)).toEqual([]);
  expect(await bench.database.select().from(sessions)).toEqual([]);
}

describe('signing in with GitHub', () => {
  it('lets a person in whose id is on the list, through GitHub’s own pages', async () => {
    const { path, error, actor } = await attempt();
    expect({ path, error }).toEqual({ path: '/', error: null });
    expect(actor).toMatchObject({ login: 'octocat', role: 'member' });
    expect(await bench.database.select().from(users)).toMatchObject([{ githubId: octocat.id, login: 'octocat', name: 'The Octocat', avatarUrl: octocat.avatar_url }]);
    expect(await bench.database.select().from(sessions)).toMatchObject([{ id: actor?.sessionId, via: 'github' }]);
  });

  it('asks GitHub Enterprise at the addresses that follow from its own', async () => {
    await attempt();
    expect(github.requests).toEqual(['GET /login/oauth/authorize', 'POST /login/oauth/access_token', 'GET /api/v3/user']);
  });

  it('asks the API at the address that is set for it', async () => {
    changeEnvironment({ ANYON_GITHUB_API_URL: github.url });
    const { actor } = await attempt();
    expect(actor).not.toBeNull();
    expect(github.requests.at(-1)).toBe('GET /user');
  });

  it('sends state and a PKCE challenge, asks for the profile alone, and comes back to the public address', async () => {
    const toGitHub = await post(newBrowser(), '/api/auth/signin/github');
    const query = Object.fromEntries(new URL(toGitHub.location ?? '').searchParams);
    expect(query).toMatchObject({
      client_id: github.clientId,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/) as string,
      code_challenge_method: 'S256',
      redirect_uri: 'http://localhost:3000/api/auth/callback/github',
      scope: 'read:user',
      state: expect.stringMatching(/.{20,}/) as string,
    });
  });

  it('is not begun by a mere visit', async () => {
    const browser = newBrowser();
    const answer = await browser.open('/api/auth/signin/github');
    expect(answer.location).not.toContain('/login/oauth/authorize');
  });

  it('is not offered without a client id', async () => {
    changeEnvironment({ AUTH_GITHUB_SECRET: undefined });
    const answer = await post(newBrowser(), '/api/auth/signin/github');
    expect(answer.location ?? '').not.toContain(github.url);
    expect(github.requests).toEqual([]);
  });
});

describe('who may sign in with GitHub', () => {
  it('is nobody who is not on the list', async () => {
    allow(octocat.id + 1);
    const { path, error, actor } = await attempt();
    expect({ path, error, actor }).toEqual({ path: '/sign-in', error: 'AccessDenied', actor: null });
    await expectNobody();
  });

  it('is nobody when the list is empty', async () => {
    allow();
    const { error, actor } = await attempt();
    expect({ error, actor }).toEqual({ error: 'AccessDenied', actor: null });
    await expectNobody();
  });

  it('is decided by the id: a renamed person stays the same one', async () => {
    const before = await attempt();
    github.user = { ...octocat, login: 'octocat-renamed' };
    const after = await attempt();
    expect(after.actor).toMatchObject({ userId: before.actor?.userId, login: 'octocat-renamed' });
    expect(await bench.database.select().from(users)).toHaveLength(1);
  });

  it('is decided by the id: whoever takes over a login or an e-mail address gets nothing', async () => {
    await attempt();
    github.user = { ...octocat, id: 99, email: 'octocat@example.com' };
    const { error, actor } = await attempt();
    expect({ error, actor }).toEqual({ error: 'AccessDenied', actor: null });
    expect(await bench.database.select().from(users)).toHaveLength(1);
  });

  it('WEB-06: is decided by the id: who is on the list and shows the e-mail address of another becomes a person of their own', async () => {
    allow(octocat.id, 99);
    github.user = { ...octocat, email: 'octocat@example.com' };
    const victim = await attempt();
    github.user = { ...octocat, id: 99, login: 'mallory', email: 'octocat@example.com' };
    const { actor } = await attempt();
    expect(actor).toMatchObject({ login: 'mallory', role: 'member' });
    expect(actor?.userId).not.toBe(victim.actor?.userId);
  });

  it('WEB-05: is nobody any more who was taken off the list or disabled, however they were let in before', async () => {
    const { browser } = await attempt();
    allow();
    expect(await actorOf(browser)).toBeNull();
    expect(await attempt()).toMatchObject({ error: 'AccessDenied', actor: null });
    allow(octocat.id);
    expect(await actorOf(browser)).not.toBeNull();
    await bench.database.update(users).set({ disabledAt: new Date() });
    expect(await actorOf(browser)).toBeNull();
    expect(await attempt()).toMatchObject({ error: 'AccessDenied', actor: null });
    expect(await bench.database.select().from(users)).toHaveLength(1);
  });

  it('is a member, in cloud mode too: being first on the list makes nobody an administrator', async () => {
    changeEnvironment({ ANYON_DEPLOYMENT_MODE: 'cloud' });
    expect((await attempt()).actor).toMatchObject({ login: 'octocat', role: 'member' });
  });

  it('is written down, whether they were let in or not', async () => {
    await attempt();
    github.user = { ...octocat, id: 99, login: 'stranger' };
    await attempt();
    expect(await auditSince(bench, mark)).toMatchObject([
      { action: 'person_added', actorLogin: 'octocat', details: { role: 'member', githubId: octocat.id } },
      { action: 'sign_in', actorLogin: 'octocat', subject: 'octocat', details: { via: 'github' } },
      { action: 'sign_in_refused', actorLogin: null, subjectId: '99', subject: 'stranger', details: { reason: 'AccessDenied', via: 'github' } },
    ]);
  });
});

describe('WEB-07: a sign-in with GitHub under a false host name', () => {
  const falsely = { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https', 'x-original-host': 'evil.example', forwarded: 'host=evil.example' };
  /** As Next would pass it on: the request's address is made of the Host header. */
  const send = (browser: TestBrowser, place: string, body?: URLSearchParams) =>
    answerAuthRequest(new NextRequest(`https://evil.example${place}`, { method: body ? 'POST' : 'GET', ...(body && { body }), headers: { ...falsely, cookie: browser.cookie } }));

  it('sends the browser to GitHub with the public address to come back to', async () => {
    const browser = newBrowser();
    const { csrfToken } = JSON.parse((await browser.open('/api/auth/csrf')).text) as { csrfToken: string };
    const answer = await send(browser, '/api/auth/signin/github', new URLSearchParams({ csrfToken, callbackUrl: 'https://evil.example/' }));
    const to = new URL(answer.headers.get('location') ?? '');
    expect(to.origin).toBe(github.url);
    expect(to.searchParams.get('redirect_uri')).toBe('http://localhost:3000/api/auth/callback/github');
    expect(answer.headers.getSetCookie().join()).not.toContain('evil.example');
  });

  it('comes back to the public address, whether it succeeds or not', async () => {
    const good = newBrowser();
    const back = await wayBack(good);
    const answer = await send(good, back.pathname + back.search);
    expect(new URL(answer.headers.get('location') ?? '').origin).toBe('http://localhost:3000');
    const refused = await send(newBrowser(), `${back.pathname}?error=access_denied&error_description=%3Cscript%3E&state=x`);
    expect(new URL(refused.headers.get('location') ?? '').origin).toBe('http://localhost:3000');
    expect(refused.headers.get('location')).not.toContain('script');
  });
});

describe('WEB-06: a sign-in with GitHub that is not what it seems', () => {
  it.each([
    ['a state that we did not send', { state: 'made-up' }],
    ['the name of another issuer', { issuer: 'https://evil.example/login/oauth' }],
    ['a GitHub that is down', { userStatus: 502 }],
    ['a token that GitHub does not know', { userStatus: 401 }],
  ])('is refused when it comes with %s', async (_, faults) => {
    github.faults = faults;
    const { path, error, actor } = await attempt();
    expect({ path, error, actor }).toEqual({ path: '/sign-in', error: 'Configuration', actor: null });
    await expectNobody();
  });

  it('is refused in words when the person says no', async () => {
    github.faults = { denies: true };
    const { path, error, actor } = await attempt();
    expect({ path, error, actor }).toEqual({ path: '/sign-in', error: 'OAuthCallbackError', actor: null });
  });

  it('is accepted without the name of the issuer: older Enterprise servers send none', async () => {
    github.faults = { issuer: null };
    expect((await attempt()).actor).toMatchObject({ login: 'octocat' });
  });

  it('is refused in a browser that did not begin it', async () => {
    const back = await wayBack(newBrowser());
    const victim = newBrowser();
    await victim.open(back.href);
    expect(await actorOf(victim)).toBeNull();
    await expectNobody();
  });

  it('is refused in a browser that began another one', async () => {
    const back = await wayBack(newBrowser());
    const victim = newBrowser();
    await wayBack(victim);
    await victim.open(back.href);
    expect(await actorOf(victim)).toBeNull();
    await expectNobody();
  });

  it('works once: the same way back a second time is refused', async () => {
    const browser = newBrowser();
    const back = await wayBack(browser);
    const cookies = new Map(browser.jar);
    await browser.open(back.href);
    expect(await actorOf(browser)).not.toBeNull();
    const again = newBrowser();
    for (const [name, value] of cookies) again.jar.set(name, value);
    await again.open(back.href);
    expect(await actorOf(again)).toBeNull();
  });

  it('is refused when the code was begun with another PKCE verifier', async () => {
    const browser = newBrowser();
    const back = await wayBack(browser);
    const other = newBrowser();
    const otherBack = await wayBack(other);
    back.searchParams.set('code', otherBack.searchParams.get('code') ?? '');
    await browser.open(back.href);
    expect(await actorOf(browser)).toBeNull();
    await expectNobody();
  });
});
