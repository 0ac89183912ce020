import type { ChildProcess } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:http';
import { createTRPCClient, type TRPCClient } from '@trpc/client';
import { EventSource } from 'eventsource';
import { expect, vi } from 'vitest';
import { tabStreamLink } from '@/components/trpc/links';
import { TabStream } from '@/components/trpc/tab-stream';
import { tabStreamTransport } from '@/components/trpc/tab-stream-transport';
import type { RunLogEvent } from '@/contract/run-log';
import type { AppRouter } from '@/server/trpc/router';
import { startPart } from '@/tests/bench/log-path-messages';
import { freePort } from '@/tests/setup/free-ports';
import { PUBLIC_URL } from '@/tests/setup/test-sign-in';

type Tab = TRPCClient<AppRouter>;

/** A web process of its own at an address that stays, and the tabs that speak with whoever is there. */
export interface WebOfTabs {
  origin: string;
  start(): Promise<ChildProcess>;
  /** That of the test before, if it is still there. */
  running(): Promise<ChildProcess>;
  /** How the browser of the person with this cookie speaks. */
  browserOf(cookie: string): { url: string; EventSource: typeof globalThis.EventSource; fetch: typeof fetch };
  /** A client as a tab's. */
  tab(cookie: string): Tab;
  /** Stands where the web process stood and answers 502, until it has done so some times. */
  badGateway(times: number): Promise<void>;
  /** Those that the web process holds open. */
  openFiles(): string[];
  close(): void;
}

/** Opens one with the environment of this process; nothing is started yet. */
export async function openWebOfTabs(): Promise<WebOfTabs> {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  let web: ChildProcess | null = null;
  const browserOf: WebOfTabs['browserOf'] = (cookie) => {
    const withCookie = (input: string | URL | Request, init?: RequestInit) => fetch(input, { ...init, headers: { ...Object.fromEntries(new Headers(init?.headers)), cookie, origin: PUBLIC_URL } });
    class Source extends EventSource {
      constructor(address: string | URL) {
        super(address, { fetch: withCookie as never });
      }
    }
    return { url: `${origin}/api/trpc`, EventSource: Source as never as typeof globalThis.EventSource, fetch: withCookie };
  };
  const start = async (): Promise<ChildProcess> => {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST'))) as Record<string, string>;
    return (web = await startPart('log-path-web.ts', { ...env, PORT: String(port) }));
  };
  return {
    origin,
    start,
    running: async () => (web && web.exitCode === null && web.signalCode === null ? web : start()),
    browserOf,
    tab: (cookie) => createTRPCClient<AppRouter>({ links: [tabStreamLink(new TabStream(tabStreamTransport(browserOf(cookie)), () => () => undefined))] }),
    badGateway: (times) => answerBadGateway(port, times),
    openFiles: () => (web?.pid === undefined ? [] : openFilesOf(web.pid)),
    close: () => void web?.kill('SIGKILL'),
  };
}

async function answerBadGateway(port: number, times: number): Promise<void> {
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

function openFilesOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return []; // closed meanwhile
    }
  });
}

export interface FollowedLog {
  text: string;
  to: number;
  ended: boolean;
  problems: string[];
  states: string[];
  leave: () => void;
}

/** The standard output of a run, each piece checked to begin where the one before ended. */
export function followLog(client: Tab, runId: string): FollowedLog {
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
