import { type ChildProcess } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createTRPCClient } from '@trpc/client';
import { eq } from 'drizzle-orm';
import { EventSource } from 'eventsource';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { tabStreamLink } from '@/components/trpc/links';
import { TabStream } from '@/components/trpc/tab-stream';
import { tabStreamTransport } from '@/components/trpc/tab-stream-transport';
import type { RunLogEvent } from '@/contract/run-log';
import { runs } from '@/db/schema';
import { runLogDir } from '@/server/deployment/paths';
import { closeSender } from '@/server/queue/queue';
import type { AppRouter } from '@/server/trpc/router';
import { startPart, stopPart } from '@/tests/bench/log-path-messages';
import { whole } from '@/tests/faults/extent';
import { faultSeed } from '@/tests/faults/fault-scene';
import { freePort } from '@/tests/setup/free-ports';
import { tabStreamAddress, TabStreamReader } from '@/tests/setup/tab-stream-reader';
import { signedInPerson, workspaceWithRun, type SignedIn } from '@/tests/setup/test-people';
import { PUBLIC_URL, startSignIn, type SignInBench } from '@/tests/setup/test-sign-in';

/** Faults between the web process and those who watch a log: the stream ends at every byte, many come back at once, a connection dies without a word. */
const VIEWERS = whole ? 200 : 40;
const seed = faultSeed();
/** Each person may have so many streams. */
const PEOPLE = Math.ceil(VIEWERS / 10);
const MEGABYTE = 1024 * 1024;

let bench: SignInBench;
let directory: string;
let web: ChildProcess;
let port: number;
let people: SignedIn[];
const writers = new Set<NodeJS.Timeout>();

beforeAll(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-viewers-'));
  bench = await startSignIn({ ANYON_DATA_DIR: directory, ANYON_INSTANCE: 'viewers' });
  people = await Promise.all(Array.from({ length: PEOPLE }, (_, number) => signedInPerson(bench.database, `viewer-${number}`, 'admin')));
  port = await freePort();
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST'))) as Record<string, string>;
  web = await startPart('log-path-web.ts', { ...env, PORT: String(port) });
});
afterEach(() => {
  for (const writer of writers) clearInterval(writer);
});
afterAll(async () => {
  if (web) await stopPart(web);
  await closeSender();
  await bench?.close();
  rmSync(directory, { recursive: true, force: true });
});

const personAt = (number: number): SignedIn => people[number % PEOPLE] as SignedIn;

/** A run with this much in its log. */
async function runWithLog(text: string, status: 'running' | 'succeeded'): Promise<{ runId: string; file: string }> {
  const { runId } = await workspaceWithRun(bench.database, personAt(0).actor);
  await bench.database.update(runs).set({ status }).where(eq(runs.id, runId));
  mkdirSync(runLogDir(runId), { recursive: true });
  const file = path.join(runLogDir(runId), 'out.log');
  writeFileSync(file, text);
  return { runId, file };
}

/** What a viewer has, and where it goes on. */
class Viewer {
  text = '';
  to = 0;
  eventId: string | undefined;
  ended = false;
  readonly problems: string[] = [];
  readonly #runId: string;

  constructor(runId: string) {
    this.#runId = runId;
  }

  get address(): string {
    return tabStreamAddress(`http://localhost:${port}`, [{ id: 1, path: 'runs.log', input: { runId: this.#runId, ...(this.eventId !== undefined && { lastEventId: this.eventId }) } }]);
  }

  take(event: RunLogEvent, eventId: string | null): void {
    if (eventId !== null) this.eventId = eventId;
    if (event.end) return void (this.ended = true);
    if (event.from !== this.to) this.problems.push(`${event.from} came after ${this.to}`);
    this.to = event.to;
    this.text += event.text;
  }

  /** Reads the stream until it ends, has given so many bytes, or is left; resolves with the bytes that came. */
  read(person: SignedIn, bytes = Infinity, leave?: AbortSignal): Promise<Buffer> {
    const reader = new TabStreamReader();
    return new Promise((resolve, reject) => {
      const request = http.get(this.address, { headers: { cookie: person.cookie, accept: 'text/event-stream' }, agent: false }, (response) => {
        const parts: Buffer[] = [];
        let size = 0;
        const over = () => {
          response.destroy();
          resolve(Buffer.concat(parts));
        };
        const decoder = new TextDecoder();
        response.on('data', (chunk: Buffer) => {
          const part = chunk.subarray(0, bytes - size);
          size += part.length;
          parts.push(part);
          for (const event of reader.take(decoder.decode(part, { stream: true }))) if (event.kind === 'data') this.take(event.data as RunLogEvent, event.eventId);
          if (this.ended || size >= bytes) over();
        });
        response.on('error', over).on('end', over);
        leave?.addEventListener('abort', over, { once: true });
      });
      request.on('error', reject);
    });
  }
}

it('D1-20 REL-17 the stream ends at each byte of an event: who goes on from what was whole has every byte once', async () => {
  const text = `${'a'.repeat(127).concat('\n').repeat(1_024)}last: äöü € 😀 "quoted" \\ \u0000 \u001b[31mred\n`;
  const { runId } = await runWithLog(text, 'succeeded');
  const uncut = new Viewer(runId);
  const bytes = await uncut.read(personAt(0));
  expect(uncut.text).toBe(text);
  const from = bytes.lastIndexOf('\n\n', bytes.indexOf('last: '));
  expect(from).toBeGreaterThan(0);
  const every = whole ? 1 : 12;
  const cuts = Array.from({ length: bytes.length - from }, (_, at) => from + at).filter((cut) => cut % every === seed % every);
  for (const cut of cuts) {
    const viewer = new Viewer(runId);
    await viewer.read(personAt(cut), cut);
    if (!viewer.ended) await viewer.read(personAt(cut));
    expect({ cut, problems: viewer.problems, same: viewer.text === text }).toEqual({ cut, problems: [], same: true });
  }
});

it(`D1-19 ${VIEWERS} viewers lose the stream at the same moment and come back at once: each has every byte once, in bounded memory`, async () => {
  const { runId, file } = await runWithLog('', 'running');
  let number = 0;
  const writer = setInterval(() => appendFileSync(file, `line ${(number += 1)} ${'ä'.repeat(number % 50)}\n`), 4);
  writers.add(writer);
  const viewers = Array.from({ length: VIEWERS }, () => new Viewer(runId));
  const memory = () => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${web.pid}/status`, 'utf8'))?.[1]) * 1024;
  const before = memory();
  for (let round = 0; round < 2; round += 1) {
    const lost = new AbortController();
    const seen = viewers.map(({ to }) => to);
    const reading = viewers.map((viewer, at) => viewer.read(personAt(at), Infinity, lost.signal));
    await vi.waitFor(() => expect(viewers.every(({ to }, at) => to > (seen[at] ?? 0))).toBe(true), { timeout: 60_000 });
    lost.abort();
    await Promise.all(reading);
  }
  const reading = viewers.map((viewer, at) => viewer.read(personAt(at)));
  clearInterval(writer);
  await bench.database.update(runs).set({ status: 'succeeded' }).where(eq(runs.id, runId));
  await Promise.all(reading);
  expect(memory() - before).toBeLessThan(150 * MEGABYTE);
  expect(viewers.flatMap(({ problems }) => problems)).toEqual([]);
  const written = readFileSync(file, 'utf8');
  expect(viewers.filter(({ text, ended }) => !ended || text !== written)).toHaveLength(0);
});

// It takes as long as a tab waits for a sign of life.
it.skipIf(!whole)('D1-19 REL-18 a connection dies without a word: the tab notices within 30 s and goes on at the byte', async () => {
  const { runId, file } = await runWithLog('before\n', 'running');
  const silent = await startSilencer(port);
  const viewer = new Viewer(runId);
  const url = `http://localhost:${silent.port}/api/trpc`;
  const withCookie = (input: string | URL | Request, init?: RequestInit) => fetch(input, { ...init, headers: { ...Object.fromEntries(new Headers(init?.headers)), cookie: personAt(0).cookie, origin: PUBLIC_URL } });
  class Source extends EventSource {
    constructor(address: string | URL) {
      super(address, { fetch: withCookie as never });
    }
  }
  const transport = tabStreamTransport({ url, EventSource: Source as never as typeof globalThis.EventSource, fetch: withCookie });
  const client = createTRPCClient<AppRouter>({ links: [tabStreamLink(new TabStream(transport, () => () => undefined))] });
  const subscription = client.runs.log.subscribe({ runId }, { onData: ({ id, data }) => viewer.take(data, id), onError: (error) => viewer.problems.push(error.message) });
  try {
    await vi.waitFor(() => expect(viewer.text).toBe('before\n'), { timeout: 60_000 });
    silent.silence();
    appendFileSync(file, 'after\n');
    const began = performance.now();
    await vi.waitFor(() => expect(viewer.text).toBe('before\nafter\n'), { timeout: 60_000, interval: 100 });
    expect(performance.now() - began).toBeLessThan(40_000);
    expect(viewer.problems).toEqual([]);
  } finally {
    subscription.unsubscribe();
    await silent.close();
  }
});

/** Passes everything on, until the connections that are open then are to say nothing any more, and stay open. */
async function startSilencer(to: number): Promise<{ port: number; silence: () => void; close: () => Promise<void> }> {
  const open = new Set<[net.Socket, net.Socket]>();
  const server = net.createServer((client) => {
    const upstream = net.connect(to, 'localhost');
    open.add([client, upstream]);
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as net.AddressInfo).port,
    silence: () => {
      for (const [client, upstream] of open) {
        upstream.unpipe(client);
        client.unpipe(upstream);
      }
    },
    close: async () => {
      for (const pair of open) for (const socket of pair) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
