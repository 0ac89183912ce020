import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTRPCClient } from '@trpc/client';
import { desc, eq } from 'drizzle-orm';
import { EventSource } from 'eventsource';
import { Agent, WebSocket } from 'undici';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { tabStreamLink } from '@/components/trpc/links';
import { TabStream } from '@/components/trpc/tab-stream';
import { tabStreamTransport } from '@/components/trpc/tab-stream-transport';
import { previewOrigin } from '@/contract/preview';
import type { RunLogEvent } from '@/contract/run-log';
import { auditEvents, runs } from '@/db/schema';
import { database } from '@/server/database';
import { runLogDir } from '@/server/deployment/paths';
import type { AppRouter } from '@/server/trpc/router';
import { ensureReverseProxies } from '@/scripts/setup/reverse-proxies.mjs';
import { freePorts } from '@/tests/setup/free-ports';
import { Http2Fetch } from '@/tests/setup/http2-fetch';
import { PreviewBench } from '@/tests/setup/preview-bench';
import { startReverseProxy, type ProxyName, type ReverseProxy } from '@/tests/setup/reverse-proxy';
import { certify, type TestCertificate } from '@/tests/setup/test-authority';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { signedInPerson, workspaceWithRun, type SignedIn } from '@/tests/setup/test-people';
import { startWebProcess, untilAnswers, type WebProcess } from '@/tests/setup/web-process';

/** The examples of docker/proxies, run by the real programs before the real web process and the real gateway of previews. */
const CLIENT = '127.0.0.2';
const LOG_BYTES = 6 * 1024 * 1024;
let programs: Record<ProxyName, string>;
let bench: PreviewBench;
let directory: string;
let certificate: TestCertificate;
let port: number;
let webPort: number;
let origin: string;
let web: WebProcess;
let person: SignedIn;
let client: Http2Fetch;

const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function startWeb(): Promise<void> {
  const names = ['DATABASE_URL', 'AUTH_SECRET', 'ANYON_DATA_DIR', 'ANYON_TEMP_DIR', 'ANYON_INSTANCE', 'ANYON_URL', 'ANYON_PREVIEW_PORT', 'ANYON_PREVIEW_URL', 'ANYON_TRUSTED_PROXY'];
  web = await startWebProcess(Object.fromEntries(names.map((name) => [name, process.env[name] ?? ''])), webPort);
}

beforeAll(async () => {
  programs = await ensureReverseProxies(() => undefined);
  directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-proxy-'));
  chmodSync(directory, 0o755);
  certificate = await certify(directory, ['anyon.example.com', '*.preview.example.com']);
  bench = await PreviewBench.start();
  [port = 0, webPort = 0] = await freePorts(2);
  origin = `https://anyon.example.com:${port}`;
  changeEnvironment({ ANYON_URL: origin, ANYON_PREVIEW_URL: `https://preview.example.com:${port}`, ANYON_TRUSTED_PROXY: '127.0.0.1' });
  person = await signedInPerson(database(), 'someone');
  await startWeb();
  await untilAnswers(web);
});
afterAll(async () => {
  web?.process.kill('SIGKILL');
  await bench?.close();
  rmSync(directory, { recursive: true, force: true });
});

const ask = (address: string, init: RequestInit & { headers?: Record<string, string> } = {}) => client.fetch(new URL(address, origin), { ...init, headers: { cookie: person.cookie, ...init.headers } });

/** A client as a tab's, through the proxy. */
function tab() {
  const fetch = (address: string | URL | Request, init?: RequestInit) => client.fetch(address, { ...init, headers: { ...Object.fromEntries(new Headers(init?.headers)), cookie: person.cookie, origin } });
  class Source extends EventSource {
    constructor(address: string | URL) {
      super(address, { fetch: fetch as never });
    }
  }
  const transport = tabStreamTransport({ url: `${origin}/api/trpc`, EventSource: Source as never as typeof globalThis.EventSource, fetch });
  return createTRPCClient<AppRouter>({ links: [tabStreamLink(new TabStream(transport, () => () => undefined))] });
}

/** A run that is on, with a log to write into. */
async function liveRun(): Promise<{ runId: string; file: string }> {
  const { runId } = await workspaceWithRun(database(), person.actor);
  await database().update(runs).set({ status: 'running' }).where(eq(runs.id, runId));
  mkdirSync(runLogDir(runId), { recursive: true });
  const file = path.join(runLogDir(runId), 'out.log');
  writeFileSync(file, '');
  return { runId, file };
}

interface Followed {
  text: string;
  at: number[];
  bytes: number;
  ended: boolean;
  problems: string[];
  states: string[];
  leave: () => void;
}

/** The standard output of a run as a page receives it, each piece checked to begin where the one before ended. */
function follow(runId: string): Followed {
  const seen: Followed = { text: '', at: [], bytes: 0, ended: false, problems: [], states: [], leave: () => undefined };
  const take = (event: RunLogEvent) => {
    if (event.end) return void (seen.ended = true);
    if (event.from !== seen.bytes) seen.problems.push(`${event.from} came after ${seen.bytes}`);
    seen.bytes = event.to;
    seen.text += event.text;
    seen.at.push(performance.now());
  };
  const subscription = tab().runs.log.subscribe({ runId }, { onData: ({ data }) => take(data), onConnectionStateChange: ({ state }) => seen.states.push(state), onError: (error) => seen.problems.push(error.message) });
  seen.leave = () => subscription.unsubscribe();
  return seen;
}

describe.each(['caddy', 'nginx'] as const)('behind %s, with its example', (name) => {
  let proxy: ReverseProxy;

  beforeAll(async () => {
    proxy = await startReverseProxy(name, programs[name], { folder: path.join(directory, name), port, web: webPort, previews: bench.gatewayPort, certificate });
    client = new Http2Fetch({ ca: certificate.ca, from: CLIENT });
    await vi.waitFor(async () => expect((await ask('/api/health')).status, proxy.output()).toBe(200), { timeout: 20_000, interval: 100 });
  });
  afterAll(async () => {
    client?.close();
    await proxy?.end();
  });

  it('pages and the API are served over HTTP/2, and browsers are told to stay with https', async () => {
    for (const place of ['/sign-in', '/api/health']) {
      const answer = await ask(place);
      expect([answer.status, answer.headers.get('strict-transport-security')]).toEqual([200, 'max-age=31536000']);
      await answer.text();
    }
  });

  it('each line of a live log arrives by itself, within a second', async () => {
    const { runId, file } = await liveRun();
    const seen = follow(runId);
    await vi.waitFor(() => expect(seen.states).toContain('pending'), { timeout: 20_000 });
    const late: number[] = [];
    for (let line = 1; line <= 12; line += 1) {
      const written = performance.now();
      appendFileSync(file, `line ${line}\n`);
      await vi.waitFor(() => expect(seen.text.endsWith(`line ${line}\n`)).toBe(true), { timeout: 10_000, interval: 5 });
      late.push(performance.now() - written);
    }
    seen.leave();
    expect(seen.problems).toEqual([]);
    expect(late.filter((milliseconds) => milliseconds > 1_000).length, late.join(' ')).toBeLessThan(4); // a busy machine has its moments
  });

  it('a log is downloaded whole or in part, byte for byte, whatever the browser could unpack', async () => {
    const { runId, file } = await liveRun();
    const log = randomBytes(LOG_BYTES / 2).toString('hex');
    writeFileSync(file, log);
    const address = `/api/runs/${runId}/log?stream=out&download=1`;
    const whole = await ask(address, { headers: { 'accept-encoding': 'gzip, br' } });
    expect([whole.status, whole.headers.get('content-encoding')]).toEqual([200, null]);
    expect(sha256(Buffer.from(await whole.arrayBuffer()))).toBe(sha256(log));
    const part = await ask(address, { headers: { range: 'bytes=5000000-5000999', 'accept-encoding': 'gzip, br' } });
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([206, `bytes 5000000-5000999/${LOG_BYTES}`, log.slice(5_000_000, 5_001_000)]);
  });

  it('what is too large is refused: by Anyon in its own words, and what is much larger before it', async () => {
    const post = (bytes: number) => ask('/api/trpc/runs.start', { method: 'POST', body: JSON.stringify({ json: { prompt: 'x'.repeat(bytes) } }), headers: { 'content-type': 'application/json', origin } });
    const large = await post(3 * 1024 * 1024);
    expect([large.status, await large.text()]).toEqual([413, expect.stringContaining('The request is larger than 2 MiB.')]);
    const huge = await post(6 * 1024 * 1024).catch(() => null);
    if (huge) expect([huge.status, await huge.text()]).toEqual([413, expect.not.stringContaining('2 MiB')]);
  });

  it('WEB-16 the address of the browser is known, and none that it makes up', async () => {
    const forged = { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9', 'x-anyon-peer': '203.0.113.9', 'x-real-ip': '203.0.113.9' };
    const csrf = await client.fetch(`${origin}/api/auth/csrf`);
    const cookie = csrf.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
    const body = new URLSearchParams({ csrfToken: ((await csrf.json()) as { csrfToken: string }).csrfToken, token: randomBytes(32).toString('base64url') });
    const answer = await client.fetch(`${origin}/api/auth/callback/setup-token`, { method: 'POST', body: body.toString(), headers: { ...forged, cookie, origin, 'content-type': 'application/x-www-form-urlencoded' } });
    expect(answer.status).toBe(302);
    const [refused] = await database().select().from(auditEvents).orderBy(desc(auditEvents.id)).limit(1);
    expect(refused).toMatchObject({ action: 'sign_in_refused', details: { from: CLIENT } });
    const metrics = await client.fetch(`${origin}/api/metrics`, { headers: { 'x-anyon-passed-on': 'false' } });
    expect(metrics.status).toBe(403);
  });

  it('a preview is shown below its own name, takes uploads, and talks both ways by WebSocket', async () => {
    const ticket = new URL(await bench.ticket());
    expect(ticket.origin).toBe(previewOrigin(`https://preview.example.com:${port}`, { workspaceId: bench.container.workspaceId, port: bench.port }));
    const entered = await client.fetch(ticket, { headers: { 'sec-fetch-dest': 'document' } });
    const cookie = entered.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    expect([entered.status, cookie]).toEqual([303, expect.stringContaining('__Host-anyon-preview=')]);
    const page = await client.fetch(`${ticket.origin}/`, { headers: { cookie } });
    expect([page.status, await page.text()]).toEqual([200, `hello from ${bench.port}`]);
    const body = randomBytes(5 * 1024 * 1024).toString('latin1');
    const echoed = await client.fetch(`${ticket.origin}/echo`, { method: 'POST', body, headers: { cookie, origin: ticket.origin } });
    expect(echoed.headers.get('x-sha256')).toBe(sha256(Buffer.from(body)));
    await echoed.arrayBuffer();
    const dispatcher = new Agent({ connect: { ca: certificate.ca, lookup: (_host, _options, found) => found(null, [{ address: '127.0.0.1', family: 4 }]) } });
    const socket = new WebSocket(`${ticket.origin.replace('https:', 'wss:')}/socket`, { headers: { origin: ticket.origin, cookie }, dispatcher });
    const heard = await new Promise((resolve) => {
      socket.addEventListener('open', () => socket.send('there and back'));
      socket.addEventListener('message', ({ data }) => resolve(data));
      socket.addEventListener('error', () => resolve('an error'));
    });
    socket.close();
    expect(heard).toBe('there and back');
  });

  it('REL-02 the web process is killed in mid-stream: the page goes on at the byte, and what it has is what was written', async () => {
    const { runId, file } = await liveRun();
    const seen = follow(runId);
    let number = 0;
    const writer = setInterval(() => appendFileSync(file, `line ${(number += 1)} ${'ä'.repeat(number % 50)}\n`), 4);
    try {
      await vi.waitFor(() => expect(seen.bytes).toBeGreaterThan(5_000), { timeout: 20_000 });
      web.process.kill('SIGKILL');
      await web.ended;
      const [before, asked, meanwhile] = [seen.bytes, performance.now(), ask('/sign-in')];
      if (name === 'nginx') {
        const answer = await meanwhile;
        expect([answer.status, answer.headers.get('refresh'), await answer.text()]).toEqual([502, '2', expect.stringContaining('Anyon is starting.')]);
      }
      await sleep(300); // pages try again meanwhile, and meet nobody
      await startWeb();
      if (name === 'caddy') expect((await meanwhile).status === 200 || performance.now() - asked > 14_000, 'Caddy has waited').toBe(true);
      await vi.waitFor(() => expect(seen.bytes).toBeGreaterThan(before + 5_000), { timeout: 40_000 });
    } finally {
      clearInterval(writer);
    }
    await database().update(runs).set({ status: 'succeeded' }).where(eq(runs.id, runId));
    await vi.waitFor(() => expect(seen.ended).toBe(true), { timeout: 20_000 });
    expect(seen.problems).toEqual([]);
    expect(seen.states.filter((state) => state === 'connecting').length).toBeGreaterThan(0);
    expect(sha256(seen.text)).toBe(sha256(readFileSync(file)));
  });
});
