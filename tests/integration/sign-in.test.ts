import { NextRequest } from 'next/server';
import { encode } from 'next-auth/jwt';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sessions, setupTokens, users } from '@/db/schema';
import { findActor, isStillSignedIn, requireActor } from '@/server/auth/actor';
import { nextAuth } from '@/server/auth/next-auth';
import { sessionCookieName } from '@/server/auth/session-cookie';
import { createSetupToken } from '@/server/parent/setup-token';
import { forgetRates } from '@/server/rate-limits';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { actorOf, newBrowser, post, sendSetupToken, startSignIn, type SignInBench } from '@/tests/setup/test-sign-in';

let bench: SignInBench;

beforeAll(async () => {
  bench = await startSignIn();
});
beforeEach(async () => {
  forgetRates();
  await bench.database.delete(users);
  await bench.database.delete(setupTokens);
});
afterEach(() => changeEnvironment({ ANYON_DEPLOYMENT_MODE: undefined, ANYON_URL: 'http://localhost:3000', AUTH_SECRET: 'a-secret-of-more-than-thirty-two-characters' }));
afterAll(() => bench.close());

/** A browser in which the owner is signed in. */
async function signedInOwner() {
  const browser = newBrowser();
  await sendSetupToken(browser, await createSetupToken(bench.url));
  return browser;
}

describe('the one-time token', () => {
  it('signs in the owner, who is an administrator', async () => {
    const browser = newBrowser();
    const end = await sendSetupToken(browser, await createSetupToken(bench.url));
    expect(end.pathname).toBe('/');
    const actor = await actorOf(browser);
    expect(actor).toMatchObject({ login: 'owner', role: 'admin' });
    expect(await bench.database.select().from(sessions)).toMatchObject([{ id: actor?.sessionId, userId: actor?.userId, via: 'setup_token', revokedAt: null }]);
  });

  it('is stored as its SHA-256 only', async () => {
    const token = await createSetupToken(bench.url);
    const [row] = await bench.database.select().from(setupTokens);
    expect(row?.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(row?.hash).not.toContain(token);
  });

  it('WEB-24: works once', async () => {
    const token = await createSetupToken(bench.url);
    await sendSetupToken(newBrowser(), token);
    const second = newBrowser();
    const end = await sendSetupToken(second, token);
    expect(end.searchParams.get('code')).toBe('setup-token-used');
    expect(await actorOf(second)).toBeNull();
  });

  it('lets one of eight browsers in that send it at the same moment', async () => {
    const token = await createSetupToken(bench.url);
    const browsers = Array.from({ length: 8 }, () => newBrowser());
    await Promise.all(browsers.map((browser) => sendSetupToken(browser, token)));
    const actors = await Promise.all(browsers.map(actorOf));
    expect(actors.filter(Boolean)).toHaveLength(1);
    expect(await bench.database.select().from(users)).toHaveLength(1);
  });

  it('signs in the same owner every time', async () => {
    const first = await actorOf(await signedInOwner());
    const second = await actorOf(await signedInOwner());
    expect(second?.userId).toBe(first?.userId);
    expect(second?.sessionId).not.toBe(first?.sessionId);
  });

  it('makes one owner when two first tokens arrive at once', async () => {
    await Promise.all([signedInOwner(), signedInOwner()]);
    expect(await bench.database.select().from(users)).toHaveLength(1);
  });

  it.each([
    ['that nobody made', 'setup-token-unknown', async () => 'A'.repeat(43)],
    ['that is empty', 'setup-token-unknown', async () => ''],
    ['that is far too long', 'setup-token-unknown', async () => 'A'.repeat(100_000)],
    ['that has expired', 'setup-token-expired', async () => {
      const token = await createSetupToken(bench.url);
      await bench.database.update(setupTokens).set({ expiresAt: new Date(Date.now() - 1) });
      return token;
    }],
  ])('is refused when it is one %s', async (_, code, make) => {
    const browser = newBrowser();
    const end = await sendSetupToken(browser, await make());
    expect(end.searchParams.get('code')).toBe(code);
    expect(await actorOf(browser)).toBeNull();
    expect(await bench.database.select().from(users)).toEqual([]);
  });

  it('is refused in cloud mode, and stays unused', async () => {
    const token = await createSetupToken(bench.url);
    changeEnvironment({ ANYON_DEPLOYMENT_MODE: 'cloud' });
    const browser = newBrowser();
    const end = await sendSetupToken(browser, token);
    expect(end.searchParams.get('code')).toBe('setup-token-not-local');
    expect(await actorOf(browser)).toBeNull();
    expect(await bench.database.select().from(setupTokens)).toMatchObject([{ usedAt: null }]);
  });

  it('lets no disabled owner in', async () => {
    await signedInOwner();
    await bench.database.update(users).set({ disabledAt: new Date() });
    const browser = newBrowser();
    const end = await sendSetupToken(browser, await createSetupToken(bench.url));
    expect(end.searchParams.get('code')).toBe('owner-disabled');
    expect(await actorOf(browser)).toBeNull();
  });

  it('is not taken from a page that did not ask for it first', async () => {
    const browser = newBrowser();
    const token = await createSetupToken(bench.url);
    await browser.open('/api/auth/callback/setup-token', { token, csrfToken: 'made-up' });
    await browser.open(`/api/auth/callback/setup-token?token=${token}`);
    expect(await actorOf(browser)).toBeNull();
    expect(await bench.database.select().from(setupTokens)).toMatchObject([{ usedAt: null }]);
  });
});

describe('a session', () => {
  it('WEB-13: is a cookie that scripts and other sites cannot use', async () => {
    const browser = newBrowser();
    const answer = await post(browser, '/api/auth/callback/setup-token', { token: await createSetupToken(bench.url) });
    const line = answer.cookies.find((cookie) => cookie.startsWith('anyon-session-3000='));
    expect(line).toMatch(/; HttpOnly/i);
    expect(line).toMatch(/; SameSite=lax/i);
    expect(line).not.toMatch(/; Secure/i);
  });

  it('is a __Host- cookie, marked Secure, where the public address is https', async () => {
    changeEnvironment({ ANYON_URL: 'https://anyon.example.com' });
    const browser = newBrowser('https://anyon.example.com');
    const answer = await post(browser, '/api/auth/callback/setup-token', { token: await createSetupToken(bench.url) });
    expect(answer.cookies.find((cookie) => cookie.startsWith('__Host-anyon-session='))).toMatch(/; Secure/i);
    expect(await actorOf(browser)).toMatchObject({ role: 'admin' });
  });

  it('WEB-13: is a new one with every sign-in, whatever the browser had before, and knows what the browser calls itself', async () => {
    const browser = await signedInOwner();
    const before = await actorOf(browser);
    const { csrfToken } = JSON.parse((await browser.open('/api/auth/csrf')).text) as { csrfToken: string };
    await browser.open('/api/auth/callback/setup-token', { token: await createSetupToken(bench.url), csrfToken }, { 'user-agent': 'Firefox' });
    const after = await actorOf(browser);
    expect(after?.userId).toBe(before?.userId);
    expect(after?.sessionId).not.toBe(before?.sessionId);
    expect((await bench.database.select().from(sessions)).map(({ id, userAgent }) => ({ id, userAgent }))).toEqual(expect.arrayContaining([{ id: after?.sessionId, userAgent: 'Firefox' }]));
  });

  it('WEB-13: ends with sign-out on the server too: the old cookie is worth nothing', async () => {
    const browser = await signedInOwner();
    const old = browser.cookie;
    const before = await actorOf(browser);
    await post(browser, '/api/auth/signout');
    expect(browser.cookie).not.toContain('anyon-session');
    expect(await findActor(new Headers({ cookie: old }))).toBeNull();
    expect(before && (await isStillSignedIn(before))).toBe(false);
  });

  it.each([
    ['it is revoked', () => bench.database.update(sessions).set({ revokedAt: new Date() })],
    ['it has expired', () => bench.database.update(sessions).set({ expiresAt: new Date(Date.now() - 1) })],
    ['its row is gone', () => bench.database.delete(sessions)],
    ['the person is disabled', () => bench.database.update(users).set({ disabledAt: new Date() })],
    ['the person is gone', () => bench.database.delete(users)],
  ])('counts for nothing from the next request on when %s', async (_, change) => {
    const browser = await signedInOwner();
    expect(await actorOf(browser)).not.toBeNull();
    await change();
    expect(await actorOf(browser)).toBeNull();
    const seen = await browser.open('/api/auth/session');
    expect(seen.text).toBe('null');
  });

  it('carries the role of this moment', async () => {
    const browser = await signedInOwner();
    const before = await actorOf(browser);
    await bench.database.update(users).set({ role: 'member' });
    expect(await actorOf(browser)).toMatchObject({ role: 'member' });
    expect(before && (await isStillSignedIn(before))).toBe(false);
  });

  it('tells the browser the person’s id and nothing of the token', async () => {
    const browser = await signedInOwner();
    const seen = JSON.parse((await browser.open('/api/auth/session')).text) as Record<string, unknown>;
    expect(Object.keys(seen).sort()).toEqual(['expires', 'user']);
    expect(seen['user']).toEqual({ id: (await actorOf(browser))?.userId });
  });

  it('is not moved by what the browser sends to its address', async () => {
    const browser = await signedInOwner();
    const before = await actorOf(browser);
    await post(browser, '/api/auth/session', { data: '{"sub":"someone-else","sid":"another"}' });
    expect(await actorOf(browser)).toEqual(before);
  });

  it('stays refused when its cookie is not one that we made', async () => {
    const actor = await actorOf(await signedInOwner());
    const other = uuidOf(await bench.database.insert(users).values({ id: '0192f0c1-0000-7000-8000-000000000001', login: 'other', role: 'member' }).returning());
    const make = (token: Record<string, unknown>, secret: string) => encode({ token, secret, salt: sessionCookieName() });
    const secret = 'a-secret-of-more-than-thirty-two-characters';
    const good = { sub: actor?.userId, sid: actor?.sessionId };
    const cookies = {
      good: await make(good, secret),
      'another secret': await make(good, 'another-secret-of-more-than-32-characters'),
      'another person’s id': await make({ ...good, sub: other }, secret),
      'no person': await make({ sid: actor?.sessionId }, secret),
      'no session': await make({ sub: actor?.userId }, secret),
      'a session that is no uuid': await make({ ...good, sid: `' or true --` }, secret),
      garbage: 'eyJhbGciOiJub25lIn0.e30.',
      empty: '',
    };
    const seen = await Promise.all(Object.entries(cookies).map(async ([name, value]) => [name, await findActor(new Headers({ cookie: `${sessionCookieName()}=${value}` }))] as const));
    expect(seen.filter(([, found]) => found !== null).map(([name]) => name)).toEqual(['good']);
    const bearer = new Headers({ cookie: 'a=b', authorization: `Bearer ${cookies.good}` });
    expect(await findActor(bearer)).toBeNull();
  });

  it('is required by route handlers, in words', async () => {
    const browser = await signedInOwner();
    const request = (cookie: string) => new Request('http://localhost:3000/api/runs/x/log', { headers: { cookie } });
    await expect(requireActor(request(browser.cookie))).resolves.toMatchObject({ role: 'admin' });
    await expect(requireActor(request('a=b'))).rejects.toMatchObject({ kind: 'unauthenticated', message: 'Sign in to go on.' });
  });

  it('WEB-04: never counts while the database does not answer', async () => {
    const browser = await signedInOwner();
    await bench.testDatabase.sql`alter table sessions rename to sessions_away`;
    try {
      await expect(actorOf(browser)).rejects.toThrow();
    } finally {
      await bench.testDatabase.sql`alter table sessions_away rename to sessions`;
    }
  });

  it('cannot be opened without AUTH_SECRET', async () => {
    const browser = await signedInOwner();
    changeEnvironment({ AUTH_SECRET: undefined });
    await expect(actorOf(browser)).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringContaining('AUTH_SECRET') as string });
  });
});

describe('WEB-07: the address of Anyon', () => {
  it('is the configured one, whatever host a request names', async () => {
    const browser = newBrowser();
    const { csrfToken } = JSON.parse((await browser.open('/api/auth/csrf')).text) as { csrfToken: string };
    const body = new URLSearchParams({ csrfToken, token: await createSetupToken(bench.url) });
    const headers = { cookie: browser.cookie, host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
    // Next makes the request's address from the Host header.
    const answer = await nextAuth.handlers.POST(new NextRequest('https://evil.example/api/auth/callback/setup-token', { method: 'POST', body, headers }));
    expect(answer.headers.get('location')).toMatch(/^http:\/\/localhost:3000(\/|$)/);
    expect(answer.headers.getSetCookie().join()).toContain('anyon-session-3000=');
  });

  it('is where a sign-in ends, whatever page asked to go elsewhere', async () => {
    const browser = newBrowser();
    const answer = await post(browser, '/api/auth/callback/setup-token', { token: await createSetupToken(bench.url), callbackUrl: 'https://evil.example/' });
    expect(new URL(answer.location ?? '').origin).toBe('http://localhost:3000');
  });
});

function uuidOf(rows: { id: string }[]): string {
  return rows[0]?.id ?? '';
}
