import { randomBytes } from 'node:crypto';
import { eq } from 'drizzle-orm';
import superjson from 'superjson';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { secrets, secretVersions, sessions } from '@/db/schema';
import { createSetupToken } from '@/server/parent/setup-token';
import { startFakeGitHub, type FakeGitHub } from '@/tests/fakes/fake-github';
import { TestBrowser } from '@/tests/setup/test-browser';
import { createTestDatabase, type TestDatabase } from '@/tests/setup/test-database';
import { tabStreamAddress } from '@/tests/setup/tab-stream-reader';
import { startWebProcess, untilAnswers, type WebProcess } from '@/tests/setup/web-process';

/** The built web process over real HTTP, signed into through its own forms. */
let github: FakeGitHub;
let testDatabase: TestDatabase;
let web: WebProcess;
let environment: Record<string, string>;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  github = await startFakeGitHub();
  environment = {
    DATABASE_URL: testDatabase.url,
    AUTH_SECRET: 'a-secret-of-more-than-thirty-two-characters',
    AUTH_GITHUB_ID: github.clientId,
    AUTH_GITHUB_SECRET: github.clientSecret,
    ANYON_GITHUB_URL: github.url,
    ANYON_ALLOWED_GITHUB_IDS: String(github.user.id),
  };
  web = await startWebProcess(environment);
  await untilAnswers(web);
});
afterAll(async () => {
  web.process.kill('SIGKILL');
  await web.ended;
  await github.close();
  await testDatabase.drop();
});

/** A browser without JavaScript: what it posts is what stands in the form. */
function newBrowser(of: WebProcess = web): TestBrowser {
  return new TestBrowser(of.url, (request) => fetch(request.url, { method: request.method, headers: request.headers, redirect: 'manual', ...(request.body && { body: request.body, duplex: 'half' }) } as RequestInit));
}

/** Presses the button of a page's first form, or of the one with a field for a token, filled in; a server action of Next without JavaScript. */
async function submitForm(browser: TestBrowser, address: string, { token, of = web }: { token?: string; of?: WebProcess } = {}) {
  const page = await browser.open(address);
  const form = new FormData();
  const forms = [...page.text.matchAll(/<form[\s\S]*?<\/form>/g)].map(([text]) => text);
  const wanted = token === undefined ? forms[0] : forms.find((text) => text.includes('type="password"'));
  for (const [input] of (wanted ?? '').matchAll(/<input type="hidden"[^>]*>/g)) form.append(attribute(input, 'name'), attribute(input, 'value'));
  if (token !== undefined) form.append('token', token);
  const answer = await fetch(new URL(address, of.url), { method: 'POST', body: form, redirect: 'manual', headers: { origin: of.url, cookie: browser.cookie } });
  for (const line of answer.headers.getSetCookie()) browser.keep(line);
  const location = answer.headers.get('location');
  return { status: answer.status, location: location ? new URL(location, of.url) : null };
}

function attribute(tag: string, name: string): string {
  return (new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1] ?? '').replaceAll('&quot;', '"').replaceAll('&amp;', '&');
}

async function whoAmI(browser: TestBrowser): Promise<unknown> {
  const answer = JSON.parse((await browser.open('/api/trpc/session.me')).text) as { result: { data: { json: { actor: unknown } } } };
  return answer.result.data.json.actor;
}

describe('signing in through the pages', () => {
  it('takes the one-time link once, and only when the button is pressed', async () => {
    const browser = newBrowser();
    const address = `/setup?token=${await createSetupToken(testDatabase.url)}`;
    await browser.open(address);
    expect(await whoAmI(browser)).toBeNull();
    const done = await submitForm(browser, address);
    expect(done.location?.href).toBe(`${web.url}/`);
    expect(await whoAmI(browser)).toMatchObject({ login: 'owner', role: 'admin' });
    const late = newBrowser();
    const refused = await submitForm(late, address);
    expect(refused.location?.pathname + (refused.location?.search ?? '')).toBe('/setup?error=setup-token-used');
    expect(await whoAmI(late)).toBeNull();
  });

  it('goes to GitHub and comes back signed in', async () => {
    const browser = newBrowser();
    const toGitHub = await submitForm(browser, '/sign-in');
    expect(toGitHub.location?.origin).toBe(github.url);
    const end = await browser.follow(await browser.open(toGitHub.location?.href ?? ''));
    expect(end.href).toBe(`${web.url}/`);
    expect(await whoAmI(browser)).toMatchObject({ login: 'octocat', role: 'member' });
  });

  it('says in words that a GitHub account is not on the list', async () => {
    github.user = { ...github.user, id: 7, login: 'stranger' };
    const browser = newBrowser();
    const toGitHub = await submitForm(browser, '/sign-in');
    const end = await browser.follow(await browser.open(toGitHub.location?.href ?? ''));
    expect(end.pathname + end.search).toBe('/sign-in?error=AccessDenied');
    expect((await browser.open(end.href)).text).toContain('This GitHub account may not sign in here.');
    expect(await whoAmI(browser)).toBeNull();
  });
});

describe('signing in with a token, and for the first time in cloud mode', () => {
  let cloud: WebProcess;
  beforeAll(async () => {
    await testDatabase.sql`truncate users cascade`;
    github.user = { ...github.user, id: 583_231, login: 'octocat' };
    cloud = await startWebProcess({ ...environment, ANYON_DEPLOYMENT_MODE: 'cloud', ANYON_ALLOWED_GITHUB_IDS: '', AUTH_SECRET: randomBytes(32).toString('base64') });
    await untilAnswers(cloud);
  });
  afterAll(async () => {
    cloud.process.kill('SIGKILL');
    await cloud.ended;
    await testDatabase.sql`truncate users cascade`;
  });

  it('takes a token of GitHub’s on the page, and says what is wrong with one', async () => {
    const browser = newBrowser();
    const refused = await submitForm(browser, '/sign-in', { token: 'ghp_madeupmadeupmadeupmadeup' });
    expect((refused.location?.pathname ?? '') + (refused.location?.search ?? '')).toBe('/sign-in?error=pat-unknown');
    expect((await browser.open('/sign-in?error=pat-unknown')).text).toContain('GitHub does not know this token');
    const done = await submitForm(browser, '/sign-in', { token: github.tokens.add(github.user).value });
    expect(done.location?.pathname).toBe('/');
    expect(await whoAmI(browser)).toMatchObject({ login: 'octocat', role: 'member' });
    await testDatabase.sql`truncate users cascade`;
  });

  it('WEB-24: makes the first administrator by the link and GitHub, and nobody by another link', async () => {
    const browser = newBrowser(cloud);
    const toGitHub = await submitForm(browser, `/setup?token=${await createSetupToken(testDatabase.url)}`, { of: cloud });
    expect(toGitHub.location?.origin).toBe(github.url);
    const end = await browser.follow(await browser.open(toGitHub.location?.href ?? ''));
    expect(end.href).toBe(`${cloud.url}/`);
    expect(await whoAmI(browser)).toMatchObject({ login: 'octocat', role: 'admin' });
    expect([...browser.jar.keys()].filter((name) => name.includes('setup'))).toEqual([]);
    const late = newBrowser(cloud);
    const other = github.tokens.add({ ...github.user, id: 42, login: 'second' }).value;
    const refused = await submitForm(late, `/setup?token=${await createSetupToken(testDatabase.url)}`, { of: cloud, token: other });
    expect((refused.location?.pathname ?? '') + (refused.location?.search ?? '')).toBe('/setup?error=setup-token-bound');
    expect(await whoAmI(late)).toBeNull();
  });

  it('WEB-16: counts tries by the address of the connection, whatever the browser writes into X-Forwarded-For', async () => {
    const tries = await Promise.all(
      Array.from({ length: 12 }, (_, index) => fetch(`${cloud.url}/api/auth/callback/github?code=x&state=y`, { redirect: 'manual', headers: { 'x-forwarded-for': `203.0.113.${index}`, 'x-anyon-peer': `203.0.113.${index}` } })),
    );
    const refused = tries.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(2);
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(30);
  });
});

describe('WEB-12 the security headers', () => {
  it.each(['/sign-in', '/setup', '/no-such-page'])('of %s let only scripts with its own nonce run', async (place) => {
    const [first, second] = await Promise.all([fetch(web.url + place), fetch(web.url + place)]);
    const nonces = [first, second].map((page) => /script-src 'self' 'nonce-([^']+)' 'strict-dynamic'/.exec(page?.headers.get('content-security-policy') ?? '')?.[1]);
    expect(nonces[0]).toMatch(/^[\w+/=]{20,}$/);
    expect(nonces[0]).not.toBe(nonces[1]);
    const scripts = [...(await first.text()).matchAll(/<script\b[^>]*>/g)].map(([tag]) => tag);
    expect(scripts.length).toBeGreaterThan(0);
    expect(scripts.filter((tag) => !tag.includes(`nonce="${nonces[0]}"`))).toEqual([]);
    expect(first.headers.get('content-security-policy')).toContain(`form-action 'self' ${github.url}`);
    expect(first.headers.get('cache-control')).toMatch(/no-store/);
  });

  it.each(['/', '/sign-in', '/api/health', '/api/trpc/session.me', '/api/trpc/nothing', '/api/auth/session', '/api/runs/x/log', '/no-such-page'])('are on %s', async (place) => {
    const answer = await fetch(web.url + place, { redirect: 'manual' });
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-security-policy': expect.stringContaining(`frame-ancestors 'none'`) as string,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
    });
    expect(answer.headers.has('x-powered-by')).toBe(false);
  });
});

describe('the web process', () => {
  it('says how it is, and that no worker is there', async () => {
    const answer = await fetch(`${web.url}/api/health`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ status: 'degraded', database: 'ok', worker: 'absent', engine: 'unknown', reasons: ['No worker is at work: nothing new begins.'] });
  });

  it('tells its numbers to whoever asks from this machine, and not through a proxy on it', async () => {
    const ask = (headers: Record<string, string> = {}) => fetch(`${web.url}/api/metrics`, { headers });
    const answer = await ask();
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringMatching(/^# HELP /m)]);
    const passedOn: Record<string, string>[] = [{ 'x-forwarded-for': '127.0.0.1', 'x-anyon-passed-on': 'false' }, { forwarded: 'for=127.0.0.1' }];
    for (const headers of passedOn) expect((await ask(headers)).status).toBe(403);
  });

  it('refuses a request that is too large', async () => {
    const body = JSON.stringify(superjson.serialize({ prompt: 'x'.repeat(3 * 1024 * 1024) }));
    const answer = await fetch(`${web.url}/api/trpc/runs.start`, { method: 'POST', body, headers: { 'content-type': 'application/json', origin: web.url } });
    expect(answer.status).toBe(413);
  });

  it('D2-20 WEB-02 ends an open stream within five seconds after its session was revoked', async () => {
    const browser = newBrowser();
    await submitForm(browser, `/setup?token=${await createSetupToken(testDatabase.url)}`);
    const { sessionId } = (await whoAmI(browser)) as { sessionId: string };
    const stream = await openStream(browser);
    const revoked = performance.now();
    await testDatabase.database.update(sessions).set({ revokedAt: new Date() }).where(eq(sessions.id, sessionId));
    expect(await stream.rest()).toContain('"kind":"unauthenticated"');
    expect(performance.now() - revoked).toBeLessThan(5_500);
  });

  it('does not start without AUTH_SECRET, and says so', async () => {
    const without = await startWebProcess({ DATABASE_URL: testDatabase.url });
    expect(await without.ended).toBe(1);
    expect(without.output()).toContain('Anyon cannot start: AUTH_SECRET is not set.');
  });

  it.each([['', 'ANYON_SECRET_KEY is not set'], ['changeme', 'ANYON_SECRET_KEY is not a key'], ['0'.repeat(64), 'ANYON_SECRET_KEY is too weak']])('SEC-03 does not start with the key "%s", and says so', async (key, sentence) => {
    const begun = performance.now();
    const without = await startWebProcess({ ...environment, ANYON_SECRET_KEY: key });
    expect(await without.ended).toBe(1);
    expect(without.output()).toContain(`Anyon cannot start: ${sentence}`);
    expect(performance.now() - begun).toBeLessThan(5_000);
  });

  it('SEC-10 does not start when a stored value is sealed with a key that was not given, and says which', async () => {
    const id = uuidv7();
    await testDatabase.database.insert(secrets).values({ id, kind: 'alert', name: 'lost', version: 1 });
    await testDatabase.database.insert(secretVersions).values({ secretId: id, version: 1, keyId: '0123456789ab', wrappedKey: Buffer.of(1), sealed: Buffer.of(1), fingerprint: '' });
    const without = await startWebProcess(environment);
    expect(await without.ended).toBe(1);
    expect(without.output()).toContain('0123456789ab (1 value)');
    await testDatabase.database.delete(secrets);
  });

  it('does not start with settings that are wrong, and names each', async () => {
    const wrong = await startWebProcess({ ...environment, ANYON_ALLOWED_GITHUB_IDS: 'octocat', ANYON_DEPLOYMENT_MODE: 'moon' });
    expect(await wrong.ended).toBe(1);
    expect(wrong.output()).toMatch(/ANYON_DEPLOYMENT_MODE[\s\S]*ANYON_ALLOWED_GITHUB_IDS/);
  });

  it('ends within ten seconds on SIGTERM although a stream is open, and tells the browser to come back', async () => {
    const browser = newBrowser();
    await submitForm(browser, `/setup?token=${await createSetupToken(testDatabase.url)}`);
    const stream = await openStream(browser);
    const told = performance.now();
    web.process.kill('SIGTERM');
    const rest = await stream.rest();
    expect(performance.now() - told).toBeLessThan(1_000);
    expect(rest).toContain('event: serialized-error');
    expect(rest).toContain('"kind":"unavailable"');
    expect(rest).not.toContain('event: return');
    expect([0, 143]).toContain(await web.ended); // Next itself ends with 128 + SIGTERM
    expect(performance.now() - told).toBeLessThan(11_000);
  });
});

/** The stream of a tab with its status subscription, past the first event of that. */
async function openStream(browser: TestBrowser): Promise<{ rest: () => Promise<string> }> {
  const response = await fetch(tabStreamAddress(web.url, [{ id: 1, path: 'changes.watch', input: undefined }]), { headers: { cookie: browser.cookie } });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) throw new Error('The stream has no body.');
  let text = '';
  while (!text.includes('workspaceIds')) {
    const { done, value } = await reader.read();
    if (done) throw new Error(`The stream ended: ${text}`);
    text += value;
  }
  return {
    async rest() {
      let rest = '';
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return rest;
        rest += value;
      }
    },
  };
}
