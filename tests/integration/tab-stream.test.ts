import { type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, get, type IncomingMessage } from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTRPCClient, httpSubscriptionLink } from '@trpc/client';
import { eq } from 'drizzle-orm';
import { EventSource } from 'eventsource';
import superjson from 'superjson';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { tabStreamLink } from '@/components/trpc/links';
import { TabStream } from '@/components/trpc/tab-stream';
import { tabStreamTransport } from '@/components/trpc/tab-stream-transport';
import type { RunLogEvent } from '@/contract/run-log';
import type { SubscriptionInput, TabStreamEvent } from '@/contract/tab-stream';
import { runs, sessions } from '@/db/schema';
import { runLogDir } from '@/server/deployment/paths';
import { closeSender } from '@/server/queue/queue';
import { handleTrpcRequest } from '@/server/trpc/http-handler';
import { appRouter, type AppRouter } from '@/server/trpc/router';
import { startPart } from '@/tests/bench/log-path-messages';
import { freePort } from '@/tests/setup/free-ports';
import { rightInputs, type RightIds } from '@/tests/setup/right-inputs';
import { tabStreamAddress, TabStreamReader } from '@/tests/setup/tab-stream-reader';
import { signedInPerson, workspaceWithRun, type SignedIn } from '@/tests/setup/test-people';
import { PUBLIC_URL, startSignIn, type SignInBench } from '@/tests/setup/test-sign-in';

/** The one stream of a tab over HTTP: what may come over it, and that nothing is lost, doubled or piled up, whatever happens to the server or the reader. */
const MEGABYTE = 1024 * 1024;

let bench: SignInBench;
let directory: string;
let owner: SignedIn;
let other: SignedIn;
let ids: RightIds;

beforeAll(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-stream-'));
  bench = await startSignIn({ ANYON_DATA_DIR: directory, ANYON_INSTANCE: 'stream' });
});
beforeEach(async () => {
  owner = await signedInPerson(bench.database, `owner-${randomUUID()}`);
  other = await signedInPerson(bench.database, `other-${randomUUID()}`);
  ids = await workspaceWithRun(bench.database, owner.actor);
});
afterAll(async () => {
  await closeSender();
  await bench.close();
  rmSync(directory, { recursive: true, force: true });
});

const subscriptionNames = Object.entries(appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>)
  .filter(([name, { _def }]) => _def.type === 'subscription' && name !== 'streams.follow')
  .map(([name]) => name);

/** Follows these, as somebody with this cookie, until each has said something beside `started`; returns that, by the number. */
async function firstOfEach(subscriptions: readonly SubscriptionInput[], cookie: string | null): Promise<Map<number, TabStreamEvent>> {
  const leave = new AbortController();
  const response = await handleTrpcRequest(new Request(tabStreamAddress(PUBLIC_URL, subscriptions), { headers: { ...(cookie && { cookie }) }, signal: leave.signal }));
  const reader = new TabStreamReader();
  const said = new Map<number, TabStreamEvent>();
  for await (const chunk of response.body ?? []) {
    for (const event of reader.take(Buffer.from(chunk).toString())) if (event.kind !== 'opened' && event.kind !== 'started') said.set(event.id, said.get(event.id) ?? event);
    if (said.size === subscriptions.length) break;
  }
  leave.abort();
  return said;
}

const strange = (): RightIds => ({ workspaceId: randomUUID(), runId: randomUUID(), taskId: randomUUID(), batchId: randomUUID(), removedWorkspaceId: randomUUID(), terminalId: randomUUID(), groupId: randomUUID() });
const all = (about: RightIds): SubscriptionInput[] => subscriptionNames.map((path, index) => ({ id: index + 1, path, input: rightInputs[path]?.(about) }));
const kinds = (said: Map<number, TabStreamEvent>): Record<string, string> =>
  Object.fromEntries([...said].map(([id, event]) => [subscriptionNames[id - 1], event.kind === 'error' ? (event.error as { data: { kind: string } }).data.kind : event.kind]));

describe('WEB-01 WEB-02 what comes over the stream of a tab', () => {
  it('is every subscription there is, let through as if it had come alone', async () => {
    expect(subscriptionNames.length).toBeGreaterThanOrEqual(7);
    const served = kinds(await firstOfEach(all(ids).filter(({ path }) => path !== 'workspaces.metrics'), owner.cookie));
    expect(new Set(Object.values(served))).toEqual(new Set(['data']));
  });

  it('is refused to another member as what was never given out is', async () => {
    const about = (those: RightIds) => all(those).filter(({ path }) => path !== 'changes.watch');
    const foreign = await firstOfEach(about(ids), other.cookie);
    expect(new Set(Object.values(kinds(foreign)))).toEqual(new Set(['not_found']));
    expect(foreign).toEqual(await firstOfEach(about(strange()), other.cookie));
  });

  it('is nothing for whoever is not signed in', async () => {
    await expect(firstOfEach(all(ids), null)).rejects.toThrow('Sign in to go on.');
    await expect(firstOfEach(all(ids), 'anyon-session-3000=made-up')).rejects.toThrow('Sign in to go on.');
  });

  it('is no query, no mutation, no stream and nothing by a name that reaches for the prototype', async () => {
    const paths = ['runs.byId', 'runs.stop', 'streams.follow', 'streams.change', 'nothing', 'runs', '__proto__', 'constructor', 'toString'];
    const said = await firstOfEach([{ id: 50, path: 'changes.watch', input: undefined }, ...paths.map((path, index) => ({ id: index + 1, path, input: { runId: ids.runId } }))], owner.cookie);
    expect(said.get(50)).toMatchObject({ kind: 'data' });
    for (const [index, path] of paths.entries()) expect([path, said.get(index + 1)]).toMatchObject([path, { kind: 'error', error: { data: { kind: 'not_found' } } }]);
    expect((await bench.database.select().from(runs).where(eq(runs.id, ids.runId)))[0]).toMatchObject({ status: 'succeeded' });
  });

  it('is refused in the words of the procedure when its input is wrong', async () => {
    const said = await firstOfEach([{ id: 1, path: 'runs.log', input: { runId: 'none' } }, { id: 2, path: 'conversations.follow', input: { runId: ids.runId, lastEventId: 'nowhere' } }], owner.cookie);
    expect([said.get(1), said.get(2)]).toMatchObject([{ error: { data: { kind: 'invalid', fields: { runId: [expect.any(String)] } } } }, { error: { message: 'This is not a place in a conversation. Reload the page.', data: { kind: 'invalid' } } }]);
  });
});

/** A web process of its own. */
let web: ChildProcess | null = null;
let port: number;

async function startWeb(): Promise<ChildProcess> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST'))) as Record<string, string>;
  web = await startPart('log-path-web.ts', { ...env, PORT: String(port) });
  return web;
}

/** That of the test before, if it is still there. */
async function runningWeb(): Promise<ChildProcess> {
  return web && web.exitCode === null && web.signalCode === null ? web : startWeb();
}

beforeAll(async () => {
  port = await freePort();
});
afterAll(() => void web?.kill('SIGKILL'));

/** How the browser of the person with this cookie speaks. */
function browserOf(cookie: string) {
  const url = `http://localhost:${port}/api/trpc`;
  const withCookie = (input: string | URL | Request, init?: RequestInit) => fetch(input, { ...init, headers: { ...Object.fromEntries(new Headers(init?.headers)), cookie, origin: PUBLIC_URL } });
  class Source extends EventSource {
    constructor(address: string | URL) {
      super(address, { fetch: withCookie as never });
    }
  }
  return { url, EventSource: Source as never as typeof globalThis.EventSource, fetch: withCookie };
}

/** A client as a tab's. */
function tab(cookie: string) {
  return createTRPCClient<AppRouter>({ links: [tabStreamLink(new TabStream(tabStreamTransport(browserOf(cookie)), () => () => undefined))] });
}

/** Stands where the web process stood and answers 502, until it has done so some times. */
async function badGateway(times: number): Promise<void> {
  let asked = 0;
  const proxy = createServer((_, response) => {
    asked += 1;
    response.writeHead(502).end('Bad gateway');
  });
  await vi.waitFor(() => new Promise<void>((resolve, reject) => void proxy.once('error', reject).listen(port, 'localhost', resolve)), { timeout: 10_000 });
  try {
    await vi.waitFor(() => expect(asked).toBeGreaterThanOrEqual(times), { timeout: 60_000 });
  } finally {
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
  }
}

interface FollowedLog {
  text: string;
  to: number;
  ended: boolean;
  problems: string[];
  states: string[];
  leave: () => void;
}

/** The standard output of a run, each piece checked to begin where the one before ended. */
function followLog(client: ReturnType<typeof tab>, runId: string): FollowedLog {
  const log: FollowedLog = { text: '', to: 0, ended: false, problems: [], states: [], leave: () => undefined };
  const take = (event: RunLogEvent) => {
    if (event.end) return void (log.ended = true);
    if (event.from !== log.to) log.problems.push(`${event.from} came after ${log.to}`);
    log.to = event.to;
    log.text += event.text;
  };
  const subscription = client.runs.log.subscribe({ runId }, { onData: ({ data }) => take(data), onConnectionStateChange: ({ state }) => log.states.push(state), onError: (error) => log.problems.push(error.message) });
  log.leave = () => subscription.unsubscribe();
  return log;
}

const writers = new Set<NodeJS.Timeout>();
afterEach(() => {
  for (const writer of writers) clearInterval(writer);
});

/** A run that is on, and writes a numbered line every few milliseconds until it is told to end. */
async function writingRun(): Promise<{ runId: string; lines: () => string; end: () => Promise<void> }> {
  const { runId } = await workspaceWithRun(bench.database, owner.actor);
  await bench.database.update(runs).set({ status: 'running' }).where(eq(runs.id, runId));
  mkdirSync(runLogDir(runId), { recursive: true });
  const file = path.join(runLogDir(runId), 'out.log');
  writeFileSync(file, '');
  let number = 0;
  const timer = setInterval(() => appendFileSync(file, `line ${(number += 1)} ${'ä'.repeat(number % 50)}\n`), 4);
  writers.add(timer);
  const end = async () => {
    clearInterval(timer);
    await bench.database.update(runs).set({ status: 'succeeded' }).where(eq(runs.id, runId));
  };
  return { runId, lines: () => readFileSync(file, 'utf8'), end };
}

describe('the stream of a tab over HTTP', () => {
  it('REL-17 goes on at the byte after the web process was killed and a proxy has answered 502 in between', async () => {
    const killed = await runningWeb();
    const client = tab(owner.cookie);
    const written = [await writingRun(), await writingRun()];
    let news = 0;
    const changes = client.changes.watch.subscribe(undefined, { onData: () => (news += 1) });
    const logs = written.map(({ runId }) => followLog(client, runId));
    await vi.waitFor(() => expect(logs.every(({ to }) => to > 2_000)).toBe(true), { timeout: 60_000 });
    killed.kill('SIGKILL');
    await badGateway(4);
    const before = logs.map(({ to }) => to);
    const newsBefore = news;
    await startWeb();
    await vi.waitFor(() => expect(logs.every(({ to }, index) => to > (before[index] ?? 0))).toBe(true), { timeout: 60_000 });
    await Promise.all(written.map(({ end }) => end()));
    await vi.waitFor(() => expect(logs.every(({ ended }) => ended)).toBe(true), { timeout: 20_000 });
    for (const [index, { text, problems, states }] of logs.entries()) {
      expect(problems).toEqual([]);
      expect(text).toBe(written[index]?.lines());
      expect(states[1]).toBe('pending');
      expect(states.at(-1)).toMatch(/pending|idle/);
    }
    expect(news).toBeGreaterThan(newsBefore);
    changes.unsubscribe();
  });

  it('WEB-02 ends with everything in it soon after the session has ended', async () => {
    await runningWeb();
    const client = tab(owner.cookie);
    const written = await writingRun();
    const logs = [followLog(client, written.runId), followLog(client, ids.runId)];
    const ended: string[] = [];
    client.changes.watch.subscribe(undefined, { onError: ({ data }) => ended.push(data?.kind ?? '') });
    await vi.waitFor(() => expect(logs[0]?.to).toBeGreaterThan(0), { timeout: 60_000 });
    const revoked = performance.now();
    await bench.database.update(sessions).set({ revokedAt: new Date() }).where(eq(sessions.id, owner.actor.sessionId));
    await vi.waitFor(() => expect([ended.length, logs[0]?.problems.length]).toEqual([1, 1]), { timeout: 20_000 });
    expect(performance.now() - revoked).toBeLessThan(8_000);
    expect(ended).toEqual(['unauthenticated']);
    await vi.waitFor(() => expect(openLogs()).toEqual([]), { timeout: 10_000 });
    await written.end();
  });

  it('takes what is subscribed later about as fast as a stream of its own would, and is not opened again for it', async () => {
    await runningWeb();
    const client = tab(owner.cookie);
    const changes = client.changes.watch.subscribe(undefined, {});
    const alone = createTRPCClient<AppRouter>({ links: [httpSubscriptionLink({ ...browserOf(owner.cookie), transformer: superjson })] });
    const times: Record<'added' | 'alone', number[]> = { added: [], alone: [] };
    for (let round = 0; round < 24; round += 1) {
      const [way, through] = round % 2 === 0 ? (['added', client] as const) : (['alone', alone] as const);
      const began = performance.now();
      const subscription = await new Promise<{ unsubscribe: () => void }>((resolve) => {
        const opened = through.runs.log.subscribe({ runId: ids.runId }, { onData: () => resolve(opened) });
      });
      times[way].push(performance.now() - began);
      subscription.unsubscribe();
      await sleep(20);
    }
    changes.unsubscribe();
    const [added = 0, byItself = 0] = [times.added, times.alone].map((each) => each.slice(2).sort((a, b) => a - b)[4]);
    expect(added).toBeLessThan(byItself * 2 + 30);
  });

  it('carries more than an address can hold, and lets go of what is left while it goes on', async () => {
    await runningWeb();
    const client = tab(owner.cookie);
    const written = await writingRun();
    const logs = Array.from({ length: 31 }, () => followLog(client, written.runId));
    await vi.waitFor(() => expect(logs.every(({ to }) => to > 0)).toBe(true), { timeout: 60_000 });
    expect(openLogs()).toHaveLength(1);
    let news = 0;
    const changes = client.changes.watch.subscribe(undefined, { onData: () => (news += 1) });
    for (const { leave } of logs) leave();
    await vi.waitFor(() => expect([openLogs(), news > 0]).toEqual([[], true]), { timeout: 60_000 });
    expect(logs.flatMap(({ problems }) => problems)).toEqual([]);
    await written.end();
    changes.unsubscribe();
  });

  it('D1-19 holds next to nothing for a reader that stalls, however much there is to send', async () => {
    const { pid = 0 } = await runningWeb();
    mkdirSync(runLogDir(ids.runId), { recursive: true });
    const file = path.join(runLogDir(ids.runId), 'out.log');
    writeFileSync(file, '');
    const block = 'x'.repeat(127).concat('\n').repeat(MEGABYTE / 128);
    for (let written = 0; written < 200; written += 1) appendFileSync(file, block);
    const [response, reader] = [await stalling(tabStreamAddress(`http://localhost:${port}`, [{ id: 1, path: 'runs.log', input: { runId: ids.runId } }])), new TabStreamReader()];
    const before = memory(pid);
    const held = await stalled(pid);
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThan(40 * MEGABYTE);
    expect(memory(pid) - before).toBeLessThan(64 * MEGABYTE);
    let position = 0;
    for await (const chunk of response.setEncoding('utf8')) {
      for (const event of reader.take(chunk as string)) {
        if (event.kind !== 'data') continue;
        const piece = event.data as Extract<RunLogEvent, { end: false }>;
        expect(piece.from).toBe(position);
        position = piece.to;
      }
      if (position > 60 * MEGABYTE) break;
    }
    expect(memory(pid) - before).toBeLessThan(96 * MEGABYTE);
    await vi.waitFor(() => expect(openLogs()).toEqual([]), { timeout: 10_000 });
  });
});

/** An answer of which only the beginning is taken. */
function stalling(address: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = get(address, { headers: { cookie: owner.cookie, accept: 'text/event-stream' }, agent: false }, (response) => {
      response.pause();
      resolve(response);
    });
    request.once('error', reject);
  });
}

/** Waits until the process reads nothing any more; returns how much it has read since. */
async function stalled(pid: number): Promise<number> {
  const read = () => Number(/^rchar: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
  const first = read();
  let [last, quiet] = [first, 0];
  for (const deadline = Date.now() + 60_000; quiet < 8 && Date.now() < deadline; ) {
    await sleep(250);
    const now = read();
    quiet = now - last < MEGABYTE / 4 ? quiet + 1 : 0;
    last = now;
  }
  return last - first;
}

const memory = (pid: number): number => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

/** The logs that the web process holds open. */
function openLogs(): string[] {
  const fds = `/proc/${web?.pid}/fd`;
  return readdirSync(fds).flatMap((fd) => {
    try {
      const file = readlinkSync(path.join(fds, fd));
      return file.endsWith('.log') && file.startsWith(directory) ? [file] : [];
    } catch {
      return []; // closed meanwhile
    }
  });
}
