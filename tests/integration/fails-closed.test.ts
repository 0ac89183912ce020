import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { NextRequest } from 'next/server';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GET as auth } from '@/app/api/auth/[...nextauth]/route';
import { rawDatabase } from '@/server/database';
import { forgetRates } from '@/server/rate-limits';
import { newTokenValue } from '@/server/people/api-tokens/token-value';
import { handleTrpcRequest } from '@/server/trpc/http-handler';
import { handlePublicRequest } from '@/server/trpc/public-api/handle-request';
import { appRouter } from '@/server/trpc/router';
import { root } from '@/tests/house/house';
import { startFakeGitHub, type FakeGitHub } from '@/tests/fakes/fake-github';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { signedInPerson, type SignedIn } from '@/tests/setup/test-people';
import { newBrowser, post, PUBLIC_URL, signInWithGitHub, startSignIn, type SignInBench } from '@/tests/setup/test-sign-in';

/** WEB-04: whatever is set up wrongly or does not answer, nobody is signed in by it. Every procedure and route is knocked at. */
let github: FakeGitHub;
let bench: SignInBench;
let admin: SignedIn;

beforeAll(async () => {
  github = await startFakeGitHub();
  bench = await startSignIn({ AUTH_GITHUB_ID: github.clientId, AUTH_GITHUB_SECRET: github.clientSecret, ANYON_GITHUB_URL: github.url, ANYON_ALLOWED_GITHUB_IDS: String(github.user.id) });
  admin = await signedInPerson(bench.database, 'root', 'admin');
});
beforeEach(() => {
  forgetRates();
  changeEnvironment({ AUTH_SECRET: 'a-secret-of-more-than-thirty-two-characters', AUTH_GITHUB_ID: github.clientId, AUTH_GITHUB_SECRET: github.clientSecret, ANYON_GITHUB_API_URL: undefined });
});
afterAll(async () => {
  await bench.close();
  await github.close();
});

interface Procedure {
  _def: { type: string; meta?: { access?: string } };
}
const procedures = Object.entries(appRouter._def.procedures as unknown as Record<string, Procedure>).map(([name, { _def }]) => ({ name, type: _def.type, access: _def.meta?.access }));

const headers = () => ({ cookie: admin.cookie, host: 'localhost:3000', origin: PUBLIC_URL, 'content-type': 'application/json' });

/** What each closed procedure answers to an administrator's cookie: the status, of streams the kind of the error in it. */
async function knockAtProcedures(wanted: (procedure: (typeof procedures)[number]) => boolean = () => true): Promise<string[]> {
  const closed = procedures.filter((procedure) => procedure.access !== 'public' && wanted(procedure));
  return Promise.all(
    closed.map(async ({ name, type }) => {
      const url = `${PUBLIC_URL}/api/trpc/${name}`;
      const answer = await handleTrpcRequest(type === 'mutation' ? new Request(url, { method: 'POST', headers: headers(), body: '{"json":{}}' }) : new Request(`${url}?input=${encodeURIComponent('{"json":{}}')}`, { headers: headers() }));
      const text = await answer.text();
      return type === 'subscription' ? (/"kind":"(\w+)"/.exec(text)?.[1] ?? text) : String(answer.status);
    }),
  );
}

type Handler = (request: Request, context: unknown) => Promise<Response>;

async function knockAtRoutes(): Promise<string[]> {
  const knocks = routeFiles().map(async (file) => {
    const route = (await import(/* @vite-ignore */ path.join(root, file))) as Record<string, Handler>;
    const params = Promise.resolve(Object.fromEntries([...file.matchAll(/\[(\w+)\]/g)].map(([, name = '']) => [name, randomUUID()])));
    const methods = ['GET', 'POST'].filter((method) => route[method]);
    return Promise.all(methods.map(async (method) => String((await route[method]?.(new Request(`${PUBLIC_URL}/api/x?stream=out`, { method, headers: headers() }), { params }))?.status)));
  });
  return (await Promise.all(knocks)).flat();
}

/** The public API takes tokens and no cookies: what it answers to these headers. */
async function knockAtApi(headers: Record<string, string>): Promise<number> {
  return (await handlePublicRequest(new Request(`${PUBLIC_URL}/api/v1/workspaces`, { headers }))).status;
}

async function knockEverywhere(): Promise<string[]> {
  return [...new Set([...(await knockAtProcedures()), ...(await knockAtRoutes())])].sort();
}

function routeFiles(): string[] {
  return readdirSync(path.join(root, 'app'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name === 'route.ts')
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .filter((file) => !/api\/(auth|health|metrics|trpc|v1)\//.test(file));
}

describe('sign-in fails closed', () => {
  it('lets the administrator through while all is well: the doors are real ones', async () => {
    expect(await knockAtProcedures(({ name }) => ['people.list', 'audit.list', 'session.list', 'workspaces.list'].includes(name))).toEqual(['200', '200', '200', '200']);
    expect(await knockAtRoutes()).not.toContain('401');
  });

  it('at the public API with a cookie, which it does not look at, and with a token that nobody has', async () => {
    expect([await knockAtApi({ cookie: admin.cookie }), await knockAtApi({ authorization: `Bearer ${newTokenValue()}` })]).toEqual([401, 401]);
  });

  it('with another AUTH_SECRET than the cookie was made with', async () => {
    changeEnvironment({ AUTH_SECRET: 'another-secret-of-more-than-32-characters' });
    expect(await knockEverywhere()).toEqual(['401', 'unauthenticated']);
  });

  it('without AUTH_SECRET', async () => {
    changeEnvironment({ AUTH_SECRET: undefined });
    expect(await knockEverywhere()).toEqual(['503', 'unavailable']);
    expect((await auth(new NextRequest(`${PUBLIC_URL}/api/auth/session`, { headers: { cookie: admin.cookie } }))).status).toBe(503);
  });

  it.each([
    ['a wrong client secret', () => changeEnvironment({ AUTH_GITHUB_SECRET: 'wrong' })],
    ['an API address where nobody is', () => changeEnvironment({ ANYON_GITHUB_API_URL: 'http://localhost:1' })],
    ['an API address where something else answers', () => changeEnvironment({ ANYON_GITHUB_API_URL: `${github.url}/somewhere` })],
  ])('with %s of GitHub', async (_, change) => {
    change();
    const browser = newBrowser();
    const end = await signInWithGitHub(browser);
    expect([end.pathname, end.searchParams.get('error')]).toEqual(['/sign-in', 'Configuration']);
    expect(browser.cookie).not.toContain('anyon-session');
    const withToken = newBrowser();
    if (process.env['ANYON_GITHUB_API_URL']) await withToken.follow(await post(withToken, '/api/auth/callback/github-token', { token: github.tokens.add(github.user).value }));
    expect(withToken.cookie).not.toContain('anyon-session');
  });

  it('when the database is away', async () => {
    await rawDatabase().end({ timeout: 1 });
    ((globalThis as Record<symbol, unknown>)[Symbol.for('anyon.process-state')] as Map<string, unknown>).delete('database');
    changeEnvironment({ DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing' });
    expect(await knockEverywhere()).toEqual(['503', 'unavailable']);
    expect(await knockAtApi({ authorization: `Bearer ${newTokenValue()}` })).toBe(503);
    for (const place of ['session', 'csrf', 'callback/github?code=x&state=y']) {
      const answer = await auth(new NextRequest(`${PUBLIC_URL}/api/auth/${place}`, { headers: { cookie: admin.cookie } }));
      expect([answer.status, answer.headers.getSetCookie().filter((line) => line.startsWith('anyon-session'))]).toEqual([503, []]);
    }
  });
});
