import { randomBytes, randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { encode } from 'next-auth/jwt';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GET as comeBack } from '@/app/api/auth/callback/github/connection/route';
import { POST as start } from '@/app/api/connections/github/start/route';
import { gitHubConnections, gitHubConsents, sessions, users } from '@/db/schema';
import { authSecret, sessionCookieName } from '@/server/auth/session-cookie';
import { gitHubTokenOf } from '@/server/connections/github/github-health';
import { openSession } from '@/server/people/sessions';
import { forgetRates } from '@/server/rate-limits';
import { startFakeGitHub, type FakeGitHub, type FakeGitHubUser } from '@/tests/fakes/fake-github';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { signedInPerson, type SignedIn } from '@/tests/setup/test-people';
import { PUBLIC_URL, startSignIn, type SignInBench } from '@/tests/setup/test-sign-in';

let gitHub: FakeGitHub;
let octocat: FakeGitHubUser;
let bench: SignInBench;
let person: SignedIn;

beforeAll(async () => {
  gitHub = await startFakeGitHub();
  gitHub.callbackUrl = `${PUBLIC_URL}/api/auth/callback/github`; // as it is registered for sign-in
  octocat = { ...gitHub.user };
  bench = await startSignIn({ ANYON_GITHUB_URL: gitHub.url, ANYON_SECRET_KEY: randomBytes(32).toString('base64') });
});
beforeEach(async () => {
  forgetRates();
  gitHub.faults = {};
  gitHub.user = { ...octocat };
  gitHub.requests.length = 0;
  changeEnvironment({ AUTH_GITHUB_ID: gitHub.clientId, AUTH_GITHUB_SECRET: gitHub.clientSecret });
  person = await signedInPerson(bench.database, `person-${randomUUID()}`);
});
afterAll(async () => {
  await bench.close();
  await gitHub.close();
});

function press(who: SignedIn | null, headers: Record<string, string> = { origin: PUBLIC_URL }) {
  return start(new Request(`${PUBLIC_URL}/api/connections/github/start`, { method: 'POST', headers: { host: 'localhost:3000', ...(who && { cookie: who.cookie }), ...headers } }));
}

/** Presses the button and consents on GitHub; returns the address that GitHub sends the browser back to. */
async function consent(who: SignedIn = person): Promise<URL> {
  const toGitHub = (await press(who)).headers.get('location') ?? '';
  const back = await fetch(toGitHub, { redirect: 'manual' });
  return new URL(back.headers.get('location') ?? 'none:');
}

/** The browser follows the way back; says where it ends. */
async function follow(back: URL, who: SignedIn | null = person): Promise<string> {
  const answer = await comeBack(new Request(back, { headers: { ...(who && { cookie: who.cookie }) } }));
  return answer.status === 303 ? (answer.headers.get('location') ?? '').replace(PUBLIC_URL, '') : String(answer.status);
}

/** A second session of the same person. */
async function anotherBrowser({ actor }: SignedIn): Promise<SignedIn> {
  const sessionId = await openSession(bench.database, actor.userId, 'github');
  const token = await encode({ token: { sub: actor.userId, sid: sessionId }, secret: authSecret(), salt: sessionCookieName(), maxAge: 3600 });
  return { actor: { ...actor, sessionId }, cookie: `${sessionCookieName()}=${token}` };
}

const connectionOf = (who: SignedIn) => bench.database.select().from(gitHubConnections).where(eq(gitHubConnections.userId, who.actor.userId));

describe('connecting by consent', () => {
  it('goes to GitHub with state, PKCE and the scopes, comes back below the registered address, and keeps the token', async () => {
    const toGitHub = new URL((await press(person)).headers.get('location') ?? '');
    expect(toGitHub.href.startsWith(`${gitHub.url}/login/oauth/authorize?`)).toBe(true);
    expect(Object.fromEntries(toGitHub.searchParams)).toMatchObject({
      client_id: gitHub.clientId,
      scope: 'repo read:org workflow',
      redirect_uri: `${PUBLIC_URL}/api/auth/callback/github/connection`,
      state: expect.stringMatching(/^[\w-]{43}$/) as string,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/) as string,
      code_challenge_method: 'S256',
    });
    expect(await follow(await consent())).toBe('/settings?github=connected');
    expect(await connectionOf(person)).toMatchObject([{ method: 'oauth', status: 'connected', login: 'octocat', scopes: ['repo', 'read:org', 'workflow'], host: new URL(gitHub.url).host }]);
    expect((await gitHubTokenOf(bench.database, person.actor.userId))?.value).toMatch(/^gho_/);
    expect(gitHub.requests.slice(-2)).toEqual(['POST /login/oauth/access_token', 'GET /api/v3/user']);
  });

  it('changes nobody’s identity, whoever consents on GitHub', async () => {
    gitHub.user = { ...octocat, id: 42, login: 'somebody-else' };
    const everybody = await bench.database.select().from(users).orderBy(users.id);
    const open = await bench.database.select().from(sessions);
    expect(await follow(await consent())).toBe('/settings?github=connected');
    expect(await bench.database.select().from(users).orderBy(users.id)).toEqual(everybody);
    expect(await bench.database.select().from(sessions)).toHaveLength(open.length);
  });

  it('takes an answer once', async () => {
    const back = await consent();
    expect(await follow(back)).toBe('/settings?github=connected');
    expect(await follow(back)).toBe('/settings?github=stale');
  });

  it('takes it from the session that asked alone: not from another person’s, nor from another one of the same person', async () => {
    const other = await signedInPerson(bench.database, `other-${randomUUID()}`);
    const back = await consent();
    expect(await follow(back, other)).toBe('/settings?github=stale');
    expect(await connectionOf(other)).toEqual([]);
    expect(await follow(back, await anotherBrowser(person))).toBe('/settings?github=stale');
    expect(await connectionOf(person)).toEqual([]);
    expect(await follow(back)).toBe('/settings?github=connected');
  });

  it('takes no made-up state, and a wrong one does not use up the right one', async () => {
    const back = await consent();
    const forged = new URL(back);
    forged.searchParams.set('state', randomBytes(32).toString('base64url'));
    expect(await follow(forged)).toBe('/settings?github=stale');
    forged.searchParams.delete('state');
    expect(await follow(forged)).toBe('/settings?github=stale');
    expect(await follow(back)).toBe('/settings?github=connected');
  });

  it('only the last request of a session counts, and it for ten minutes', async () => {
    const first = await consent();
    const second = await consent();
    expect(await follow(first)).toBe('/settings?github=stale');
    await bench.database.update(gitHubConsents).set({ createdAt: sql`now() - interval '11 minutes'` });
    expect(await follow(second)).toBe('/settings?github=stale');
    expect(await connectionOf(person)).toEqual([]);
  });

  it('refuses a code that was asked for with another challenge (PKCE)', async () => {
    const other = await signedInPerson(bench.database, `other-${randomUUID()}`);
    const stolen = (await consent(other)).searchParams.get('code') ?? '';
    const back = await consent();
    back.searchParams.set('code', stolen);
    expect(await follow(back)).toBe('/settings?github=refused');
    expect(await connectionOf(person)).toEqual([]);
  });

  it('takes no answer in another issuer’s name; older Enterprise servers name none', async () => {
    gitHub.faults.issuer = 'https://evil.example';
    expect(await follow(await consent())).toBe('/settings?github=stale');
    gitHub.faults.issuer = null;
    expect(await follow(await consent())).toBe('/settings?github=connected');
  });

  it('says that the person said no, and repeats nothing of what the address says', async () => {
    gitHub.faults.denies = true;
    const back = await consent();
    back.searchParams.set('error_description', '<script>alert(1)</script>');
    expect(await follow(back)).toBe('/settings?github=denied');
  });

  it('says when GitHub is away or does not know the install', async () => {
    gitHub.faults.apiStatus = 503;
    expect(await follow(await consent())).toBe('/settings?github=unavailable');
    gitHub.faults = {};
    const back = await consent();
    changeEnvironment({ AUTH_GITHUB_SECRET: 'another-one' });
    expect(await follow(back)).toBe('/settings?github=refused');
    changeEnvironment({ AUTH_GITHUB_SECRET: undefined });
    expect((await press(person)).headers.get('location')).toBe(`${PUBLIC_URL}/settings?github=not-offered`);
  });

  it('is for signed-in people whose own page asks: no other site, no visitor', async () => {
    const refused = [await press(person, { origin: 'https://evil.example' }), await press(person, {}), await press(person, { origin: PUBLIC_URL, 'sec-fetch-site': 'cross-site' })];
    expect(refused.map(({ status }) => status)).toEqual([403, 403, 403]);
    expect((await press(null)).status).toBe(401);
    const back = await consent();
    expect(await follow(back, null)).toBe('401');
    await bench.database.update(sessions).set({ revokedAt: new Date() }).where(eq(sessions.id, person.actor.sessionId));
    expect(await follow(back)).toBe('401');
    expect((await press(person)).status).toBe(401);
    expect(await connectionOf(person)).toEqual([]);
  });

  it('is asked for only so often in a minute', async () => {
    for (let count = 0; count < 10; count++) expect((await press(person)).headers.get('location')).toContain(gitHub.url);
    expect((await press(person)).headers.get('location')).toBe(`${PUBLIC_URL}/settings?github=limited`);
  });
});
