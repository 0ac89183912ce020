import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { users } from '@/db/schema';
import { createTestDatabase, type TestDatabase } from '@/tests/setup/test-database';
import { workspaceWithRun } from '@/tests/setup/test-people';
import { startWebProcess, untilAnswers, type WebProcess } from '@/tests/setup/web-process';

/**
 * WEB-03: what is behind the door is guarded by each page and procedure itself, so no header and no other way of writing an
 * address leads around it. Asked of the built web process over real HTTP, without a session.
 */
let testDatabase: TestDatabase;
let web: WebProcess;
let canary: Server;
let outside = 0;
let pages: string[];
let secrets: string[];

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  const actor: Actor = { userId: randomUUID(), sessionId: randomUUID(), login: 'hidden-person', role: 'admin' };
  await testDatabase.database.insert(users).values({ id: actor.userId, login: actor.login, role: actor.role });
  const ids = await workspaceWithRun(testDatabase.database, actor);
  pages = ['/workspaces', '/system', '/settings', '/batches', '/workspaces/deleted', `/workspaces/${ids.workspaceId}`, `/workspaces/${ids.workspaceId}/runs/${ids.runId}`, `/batches/${ids.batchId}`];
  secrets = ['hidden-person', actor.userId];
  canary = createServer((_, response) => {
    outside += 1;
    response.end();
  }).listen(0, '127.0.0.1');
  web = await startWebProcess({ DATABASE_URL: testDatabase.url, AUTH_SECRET: 'k3v9-Zq27-pW4x-81Lm-tYc6-0Rfb-Ha5e', ANYON_SECRET_KEY: '8f14e45fceea167a5a36dedd4bea2543c4ca4238a0b923820dcc509a6f75849b' });
  await untilAnswers(web);
});
afterAll(async () => {
  web.process.kill('SIGKILL');
  await web.ended;
  canary.close();
  await testDatabase.drop();
});

const waysAround: readonly [string, Record<string, string>][] = [
  ['plainly', {}],
  ['as a sub-request of the proxy', { 'x-middleware-subrequest': 'proxy:proxy:proxy:proxy:proxy' }],
  ['as a sub-request of a middleware', { 'x-middleware-subrequest': 'src/middleware:src/middleware:src/middleware:src/middleware:src/middleware' }],
  ['as server component data', { rsc: '1' }],
  ['as a prefetch', { rsc: '1', 'next-router-prefetch': '1' }],
  ['as a segment prefetch', { rsc: '1', 'next-router-segment-prefetch': '/_tree' }],
  ['with a router state of its own', { rsc: '1', 'next-router-state-tree': encodeURIComponent(JSON.stringify(['', { children: ['(signed-in)', { children: ['workspaces', { children: ['__PAGE__', {}] }] }] }, null, null, true])) }],
  ['with a rewritten address', { 'x-nextjs-rewritten-path': '/workspaces', 'x-invoke-path': '/workspaces', 'x-matched-path': '/workspaces', 'x-now-route-matches': '1' }],
  ['as another host', { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' }],
  ['with a made-up session', { cookie: 'anyon-session-3000=made-up; __Host-anyon-session=made-up; authjs.session-token=made-up' }],
  ['with a bearer token', { authorization: 'Bearer made-up' }],
];

const otherSpellings: readonly ((page: string) => string)[] = [
  (page) => `${page}.rsc`,
  (page) => `${page}?_rsc=abc`,
  (page) => `${page}.txt`,
  (page) => `${page}.segments/_tree.segment.rsc`,
  (page) => `/_next/data/build${page}.json`,
  (page) => `/en${page}`,
  (page) => page.replace('/', '//'),
  (page) => `/.${page}`,
  (page) => `/%2e${page}`,
  (page) => page.replaceAll('/', '%2f').replace('%2f', '/'),
  (page) => `${page}/`,
  (page) => `${page}?nxtPworkspaceId=x&nxtPrunId=x`,
];

/** Nothing that only signed-in people may see, and no way in. */
async function expectNothing(place: string, headers: Record<string, string>): Promise<void> {
  const answer = await fetch(web.url + place, { headers, redirect: 'manual' });
  const text = await answer.text();
  for (const secret of secrets) expect(text, place).not.toContain(secret);
  expect(text, place).not.toContain('Sign out');
  const location = answer.headers.get('location');
  if (location) expect(new URL(location, web.url).origin, place).toBe(new URL(web.url).origin);
  expect(answer.headers.getSetCookie().filter((cookie) => /session[^=]*=[^;]{20}/.test(cookie)), place).toEqual([]);
}

describe('WEB-03 a page that is behind the sign-in', () => {
  it.each(waysAround)('shows nothing when it is asked for %s', async (_, headers) => {
    for (const page of pages) await expectNothing(page, headers);
  });

  it('shows nothing under another spelling of its address', async () => {
    for (const page of pages) for (const spell of otherSpellings) await expectNothing(spell(page), {});
  });

  it('sends whoever is not signed in to the sign-in', async () => {
    for (const page of pages) {
      const answer = await fetch(web.url + page, { redirect: 'manual' });
      expect([307, 303, 302]).toContain(answer.status);
      expect(new URL(answer.headers.get('location') ?? '', web.url).pathname).toBe('/sign-in');
    }
  });

  it('is no relay: an upgrade with a whole address in the request line connects nowhere', async () => {
    const target = `http://127.0.0.1:${(canary.address() as AddressInfo).port}/`;
    for (const upgrade of ['websocket', 'h2c']) {
      await new Promise<void>((resolve) => {
        const socket = connect(Number(new URL(web.url).port), '127.0.0.1', () => socket.write(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: ${upgrade}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`));
        const leave = () => {
          socket.destroy();
          resolve();
        };
        socket.once('error', leave).once('close', leave).once('data', leave);
        setTimeout(leave, 2_000).unref();
      });
    }
    expect(outside).toBe(0);
  });
});
