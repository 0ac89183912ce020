import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GET } from '@/app/api/workspaces/[workspaceId]/preview/[port]/route';
import { previewLabel } from '@/contract/preview';
import { auditEvents, previewPasses, users } from '@/db/schema';
import { database } from '@/server/database';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { listPreviews } from '@/server/workspaces/previews/list-previews';
import { buildImageOfBefore } from '@/tests/setup/image-of-before';
import { PreviewBench } from '@/tests/setup/preview-bench';
import { removeRuntimeContainer, startRuntimeContainer } from '@/tests/setup/runtime-container';
import { signedInPerson } from '@/tests/setup/test-people';

/** Web servers in a real container, seen through the gateway over real HTTP. */
const PATIENCE_MS = 20_000;
let bench: PreviewBench;
let cookie: string;
/** What every page of the preview sends. */
let asPage: Record<string, string>;

beforeAll(async () => {
  bench = await PreviewBench.start();
});
beforeEach(async () => {
  await bench.say({ status: 'running', containerId: bench.container.id });
  cookie = await bench.enter();
  asPage = { cookie, accept: 'text/html', 'sec-fetch-site': 'same-origin' };
});
afterAll(() => bench?.close());

const text = ({ body }: { body: Buffer }) => body.toString();

describe('a web server in the workspace', () => {
  it('is listed with its program, and shown', async () => {
    const view = await listPreviews(await requireWorkspaceAccess(bench.owner, bench.container.workspaceId));
    expect(view).toEqual({ base: bench.base, problem: null, ports: [{ port: bench.port, program: 'node' }] });
    const answer = await bench.ask('/', { headers: asPage });
    expect([answer.status, text(answer)]).toEqual([200, `hello from ${bench.port}`]);
    expect(answer.headers['content-security-policy']).toBeUndefined();
    expect(answer.headers['x-anyon-preview']).toBeUndefined();
  });

  it('is asked as by a browser beside it: Host, Origin and Referer are its own, and nothing says otherwise', async () => {
    const origin = `http://${bench.host()}`;
    const sent = { ...asPage, origin, referer: `${origin}/a?b`, 'x-forwarded-host': 'evil.example', 'x-forwarded-for': '6.6.6.6', forwarded: 'for=6.6.6.6', 'x-real-ip': '6.6.6.6', connection: 'keep-alive, x-hop', 'x-hop': '1', te: 'trailers', 'proxy-authorization': 'x', accept: 'text/plain', 'x-custom': 'kept' };
    const { url, headers } = JSON.parse(text(await bench.ask('/headers?a=1&b=%20', { headers: sent }))) as { url: string; headers: Record<string, string> };
    expect(url).toBe('/headers?a=1&b=%20');
    expect(headers).toMatchObject({ host: `localhost:${bench.port}`, origin: `http://localhost:${bench.port}`, referer: `http://localhost:${bench.port}/a?b`, 'x-custom': 'kept', 'x-anyon-origin': origin });
    for (const name of ['x-forwarded-host', 'x-forwarded-for', 'forwarded', 'x-real-ip', 'x-hop', 'te', 'proxy-authorization']) expect(headers[name], name).toBeUndefined();
  });

  it('takes and gives 5 MB as they are', async () => {
    const body = randomBytes(5 * 1024 * 1024);
    const sum = createHash('sha256').update(body).digest('hex');
    for (const framing of [{ 'content-length': String(body.length) }, { 'transfer-encoding': 'chunked' }] as Record<string, string>[]) {
      const answer = await bench.ask('/echo', { method: 'POST', body, headers: { ...asPage, origin: `http://${bench.host()}`, ...framing } });
      expect([answer.headers['x-sha256'], createHash('sha256').update(answer.body).digest('hex')]).toEqual([sum, sum]);
    }
  });

  it('streams, and learns that its reader has left', async () => {
    const answer = await bench.stream('/events', asPage);
    let seen = '';
    for await (const part of answer) if ((seen += String(part)).includes('data: 3\n')) break; // leaving destroys it
    expect(seen).toMatch(/^data: 0\n\ndata: 1\n/);
    await expect.poll(async () => (await container('pgrep', '-fc', 'anyon-run dial')).stdout.trim(), { timeout: PATIENCE_MS, interval: 500 }).toBe('0');
  });

  it('is reached on whichever address it listens; one that nobody could reach from here is not listed', async () => {
    await bench.serve(8082, '::');
    await bench.serve(8083, '127.0.0.2');
    await bench.serve(8084, '0.0.0.0');
    const { ports } = await listPreviews(await requireWorkspaceAccess(bench.owner, bench.container.workspaceId));
    expect(ports.map(({ port }) => port)).toEqual([bench.port, 8082, 8084]);
    for (const port of [8082, 8084]) expect(text(await bench.ask('/', { port, headers: { cookie: await bench.enter(bench.owner, port) } }))).toBe(`hello from ${port}`);
    await bench.endServers(8082, 8083, 8084);
  });

  it('talks by WebSocket', async () => {
    const socket = bench.webSocket({ cookie });
    await once(socket, 'open');
    for (const word of ['one', 'two', 'three']) {
      const heard = once(socket, 'message');
      socket.send(word);
      expect(((await heard) as [MessageEvent])[0].data).toBe(word);
    }
    socket.close();
    const { statusCode, headers } = await bench.upgrade({ cookie });
    expect([statusCode, headers['set-cookie']]).toEqual([101, ['shared=1; Path=/']]);
    expect((await bench.upgrade({ cookie, upgrade: 'h2c' })).statusCode).toBe(200);
  });

  it('answers 100 requests at the same time over a few connections', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => bench.ask(`/headers?n=${index}`, { headers: asPage })));
    expect(answers.map((answer) => (JSON.parse(text(answer)) as { url: string }).url)).toEqual(Array.from({ length: 100 }, (_, index) => `/headers?n=${index}`));
    expect(Number((await container('pgrep', '-fc', 'anyon-run dial')).stdout)).toBeLessThanOrEqual(16);
  });

  it('is asked again, when it can be, if it has just closed the connection that was kept', async () => {
    const ask = (method: string) => bench.ask('/kept', { method, headers: { ...asPage, origin: `http://${bench.host()}` } });
    for (let time = 0; time < 4; time += 1) expect(text(await ask('GET'))).toBe('on a new one');
    const twice = [await ask('POST'), await ask('POST')]; // what changes something is not said twice
    expect(twice.map(({ status }) => status)).toContain(502);
    const answer = await bench.ask('/abrupt', { headers: asPage });
    expect([answer.status, text(answer)]).toEqual([502, expect.stringContaining('gave no answer')]);
  });

  it('WEB-23 may lead to itself; what it says to the browser stays on its own origin', async () => {
    const answerWith = async (headers: Record<string, string>) => (await bench.ask(`/answer?${new URLSearchParams(headers)}`, { headers: asPage })).headers;
    const origin = `http://${bench.host()}`;
    for (const own of ['localhost', '127.0.0.1']) expect((await answerWith({ location: `http://${own}:${bench.port}/next?x=1`, 'x-status': '302' })).location).toBe(`${origin}/next?x=1`);
    for (const other of ['/next', 'https://example.com/', `http://localhost:${bench.port + 1}/`, 'http://evil.example:5173/']) expect((await answerWith({ location: other, 'x-status': '302' })).location).toBe(other);
    expect((await answerWith({ 'set-cookie': 'a=1; Domain=localhost; Path=/; domain=.localhost; HttpOnly' }))['set-cookie']).toEqual(['a=1; Path=/; HttpOnly']);
    expect((await answerWith({ 'set-cookie': 'anyon-preview=stolen; Path=/' }))['set-cookie']).toBeUndefined();
    expect((await answerWith({ 'clear-site-data': '"cookies"', 'alt-svc': 'h3=":1"', 'x-frame-options': 'DENY', 'content-security-policy': "default-src 'self'" }))).toMatchObject({ 'x-frame-options': 'DENY', 'content-security-policy': "default-src 'self'" });
    expect(await answerWith({ 'clear-site-data': '"cookies"', 'alt-svc': 'h3=":1"' })).not.toMatchObject({ 'clear-site-data': expect.anything() as unknown });
  });
});

describe('WEB-01 a preview is shown to whom the workspace is', () => {
  it('opens by a ticket that is good once, for its place, and for a minute; only its hash is kept', async () => {
    const address = new URL(await bench.ticket(bench.owner, { path: '/deep?x=1' }));
    expect(address.origin).toBe(`http://${bench.host()}`);
    const visit = () => bench.ask(address.pathname + address.search, { headers: { host: address.host } });
    const fetched = await bench.ask(address.pathname + address.search, { headers: { 'sec-fetch-dest': 'empty', 'sec-fetch-site': 'same-site' } });
    expect([fetched.status, fetched.headers['set-cookie']]).toEqual([403, undefined]);
    const first = await visit();
    expect(first).toMatchObject({ status: 303, headers: { location: '/deep?x=1', 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' } });
    expect(first.headers['set-cookie']).toEqual([expect.stringMatching(/^anyon-preview=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/)]);
    expect((await visit()).status).toBe(401);
    const stored = JSON.stringify(await database().select().from(previewPasses));
    for (const secret of [address.searchParams.get('ticket') ?? '-', first.headers['set-cookie']?.[0]?.slice(14, 57) ?? '-', cookie.split('=')[1] ?? '-']) expect(stored).not.toContain(secret);
    const elsewhere = new URL(await bench.ticket());
    expect((await bench.ask(elsewhere.pathname + elsewhere.search, { port: 8080 })).status).toBe(401);
    const late = new URL(await bench.ticket());
    await database().update(previewPasses).set({ ticketExpiresAt: sql`now() - interval '1 second'` });
    expect((await bench.ask(late.pathname + late.search)).status).toBe(401);
    expect(await database().select().from(auditEvents).where(eq(auditEvents.action, 'preview_opened'))).not.toEqual([]);
  });

  it('opens by a link of Anyon; whoever it is not for is led to where that can be changed', async () => {
    const owner = await signedInPerson(database(), `owner-${randomBytes(4).toString('hex')}`, 'admin');
    const other = await signedInPerson(database(), `other-${randomBytes(4).toString('hex')}`);
    const { workspaceId } = bench.container;
    const follow = (port: string, headers: Record<string, string>, to = '') => GET(new Request(`http://localhost:1/api/workspaces/${workspaceId}/preview/${port}${to}`, { headers }), { params: Promise.resolve({ workspaceId, port }) });
    const opened = await follow('5173', { cookie: owner.cookie }, '?to=%2Fdeep%3Fx%3D1');
    expect([opened.status, opened.headers.get('referrer-policy'), opened.headers.get('cache-control')]).toEqual([303, 'no-referrer', 'no-store']);
    const address = new URL(opened.headers.get('location') ?? '');
    expect(address.host).toBe(bench.host());
    expect((await bench.ask(address.pathname + address.search)).headers.location).toBe('/deep?x=1');
    for (const [port, to] of [['0', ''], ['65536', ''], ['x', ''], ['80', '?to=https%3A%2F%2Fevil.example'], ['80', '?to=%2F%2Fevil.example']] as const) expect((await follow(port, { cookie: owner.cookie }, to)).status, port + to).toBe(400);
    expect((await follow('80', {})).status).toBe(401);
    expect((await follow('80', { accept: 'text/html' })).headers.get('location')).toMatch(/\/sign-in\?to=%2Fworkspaces%2F[^&]*open%3D80$/);
    expect((await follow('80', { cookie: other.cookie })).status).toBe(404);
    expect((await follow('80', { cookie: other.cookie, accept: 'text/html' })).headers.get('location')).toMatch(new RegExp(`/workspaces/${workspaceId}\\?tab=preview$`));
  });

  it('is refused without a cookie, with one of another preview and with nonsense, in words that lead to Anyon', async () => {
    const other = await bench.enter(bench.owner, 8080);
    for (const headers of [{}, { cookie: other }, { cookie: 'anyon-preview=nonsense' }, { cookie: `other=${cookie}` }] as Record<string, string>[]) {
      const answer = await bench.ask('/path?x=1', { headers: { accept: 'text/html', ...headers } });
      expect(answer.status).toBe(401);
      expect(text(answer)).toContain(`/api/workspaces/${bench.container.workspaceId}/preview/${bench.port}?to=%2Fpath%3Fx%3D1`);
      expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'content-security-policy': expect.stringContaining("default-src 'none'") as string });
    }
    const socket = bench.webSocket({ cookie: other });
    expect(await Promise.race([once(socket, 'open').then(() => 'open'), once(socket, 'error').then(() => 'refused')])).toBe('refused');
  });

  it('WEB-23 is refused under every other host, the same for workspaces that there are and that there are not', async () => {
    for (const host of ['localhost', `localhost:${bench.gatewayPort}`, '127.0.0.1', 'evil.example', `${bench.host()}.evil.example`, `x.${bench.host()}`, bench.host().replace('p5173', 'p05173'), bench.host().replace('.localhost', '.localhost.')])
      expect(await bench.ask('/', { headers: { ...asPage, host } }), host).toMatchObject({ status: 421, headers: { 'x-anyon-preview': bench.product.instance } });
    const never = `${previewLabel({ workspaceId: '0190aaaa-bbbb-7ccc-8ddd-eeeeffff0001', port: 80 })}.localhost:${bench.gatewayPort}`;
    expect((await bench.ask('/', { headers: { ...asPage, host: never } })).status).toBe(401);
  });

  it('is refused to the other member, who gets no ticket either; an administrator may', async () => {
    const stranger = await PreviewBench.signIn(await bench.product.addUser('stranger'));
    await expect(bench.ticket(stranger)).rejects.toMatchObject({ kind: 'not_found' });
    const admin = await PreviewBench.signIn(await bench.product.addUser('admin', 'admin'));
    const theirs = await bench.enter(admin);
    expect((await bench.ask('/', { headers: { cookie: theirs } })).status).toBe(200);
    await database().update(users).set({ role: 'member' }).where(eq(users.id, admin.userId));
    await expect.poll(async () => (await bench.ask('/', { headers: { cookie: theirs } })).status, { timeout: 5_000 }).toBe(401);
  });

  it('ends when the sign-in ends: requests, what streams, and open WebSockets, within five seconds', async () => {
    const person = await PreviewBench.signIn(bench.owner);
    const theirs = await bench.enter(person);
    const socket = bench.webSocket({ cookie: theirs });
    await once(socket, 'open');
    const events = await bench.stream('/events', { cookie: theirs });
    events.resume();
    const ended = Promise.all([once(socket, 'close'), once(events, 'close').catch(() => [])]);
    events.on('error', () => {});
    await bench.endSession(person);
    const from = Date.now();
    await ended;
    expect(Date.now() - from).toBeLessThan(5_000);
    await expect.poll(async () => (await bench.ask('/', { headers: { cookie: theirs } })).status, { timeout: 5_000 }).toBe(401);
    expect((await bench.ask('/', { headers: asPage })).status).toBe(200);
  });

  it('takes nothing that a page of another origin has the browser send, but a link', async () => {
    const foreign: Record<string, string>[] = [
      { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
      { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', origin: 'http://p80-evil.localhost:3001' },
      { origin: 'http://localhost:3000' },
    ];
    for (const headers of foreign) expect((await bench.ask('/', { headers: { cookie, ...headers } })).status, JSON.stringify(headers)).toBe(403);
    const link = { cookie, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    expect((await bench.ask('/', { headers: link })).status).toBe(200);
    expect((await bench.ask('/echo', { method: 'POST', body: Buffer.from('x'), headers: link })).status).toBe(403);
    const socket = bench.webSocket({ cookie, origin: 'http://localhost:3000' });
    expect(await Promise.race([once(socket, 'open').then(() => 'open'), once(socket, 'error').then(() => 'refused')])).toBe('refused');
  });

  it('WEB-23 gives the web server no cookie of Anyon, whatever the browser sends', async () => {
    const sent = `a=1; ${cookie}; anyon-session-3000=secret; __Host-anyon-session=secret; __Host-anyon-preview=secret; authjs.session-token=its-own; b=2`;
    const { headers } = JSON.parse(text(await bench.ask('/headers', { headers: { ...asPage, cookie: sent } }))) as { headers: Record<string, string> };
    expect(headers['cookie']).toBe('a=1; authjs.session-token=its-own; b=2');
  });
});

describe('when there is nothing to show', () => {
  it('says so, and the page looks again until somebody listens', async () => {
    const theirs = await bench.enter(bench.owner, 8081);
    const look = () => bench.ask('/', { port: 8081, headers: { cookie: theirs, accept: 'text/html' } });
    const nothing = await look();
    expect([nothing.status, text(nothing)]).toEqual([502, expect.stringMatching(/Nothing listens on port 8081[^]*looks again by itself/)]);
    expect(text(nothing)).toContain('<meta http-equiv="refresh"');
    await bench.serve(8081);
    await expect.poll(async () => text(await look()), { timeout: PATIENCE_MS }).toBe('hello from 8081');
  });

  it('says that the workspace does not run', async () => {
    await bench.say({ status: 'stopped' });
    await expect.poll(async () => text(await bench.ask('/', { headers: asPage })), { timeout: 5_000 }).toContain('The workspace does not run.');
    await expect(listPreviews(await requireWorkspaceAccess(bench.owner, bench.container.workspaceId))).rejects.toMatchObject({ kind: 'precondition' });
  });

  it('says that the image is too old for it', async () => {
    const image = await buildImageOfBefore();
    const old = await startRuntimeContainer({ image: image.name });
    try {
      await bench.say({ containerId: old.name });
      await expect.poll(async () => text(await bench.ask('/', { headers: asPage })), { timeout: PATIENCE_MS }).toContain('made with an older image');
      await expect(listPreviews(await requireWorkspaceAccess(bench.owner, bench.container.workspaceId))).rejects.toMatchObject({ kind: 'precondition', message: expect.stringContaining('Restart it') as string });
    } finally {
      await removeRuntimeContainer(old);
      await image.remove();
    }
  });
});

function container(...argv: string[]) {
  return bench.container.run(...argv);
}
