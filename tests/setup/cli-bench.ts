import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { buildCli } from '@/scripts/setup/build-cli.mjs';
import { startPart, stopPart } from '@/tests/bench/log-path-messages';
import { freePort } from '@/tests/setup/free-ports';

export interface Ended {
  code: number | null;
  out: Buffer;
  err: string;
}

export interface StartedCli {
  child: ChildProcess;
  /** What it has written to standard output so far. */
  out: () => Buffer;
  err: () => string;
  ended: Promise<Ended>;
}

/** The program `anyon` as a person has it, one file in a folder of its own, and the public API of the product of this test as a process that can be killed. */
export interface CliBench {
  url: string;
  /** The file and its settings, for whoever starts it himself. */
  program: string;
  environment: Record<string, string>;
  configFile: string;
  start(args: readonly string[], options?: { input?: string; env?: Record<string, string> }): StartedCli;
  run(args: readonly string[], options?: { input?: string; env?: Record<string, string> }): Promise<Ended>;
  killServer(): Promise<void>;
  startServer(): Promise<void>;
  close(): Promise<void>;
}

/** After the product of the test was started: the server reads the same environment. */
export async function startCliBench(): Promise<CliBench> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-cli-'));
  const program = path.join(directory, 'bin/anyon.mjs');
  await buildCli(program);
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const environment = { PATH: process.env['PATH'] ?? '', HOME: directory, XDG_CONFIG_HOME: path.join(directory, 'config') };
  let server: ChildProcess | null = null;
  const bench: CliBench = {
    url,
    program,
    environment,
    configFile: path.join(directory, 'config/anyon/config.json'),
    start: (args, { input = '', env = {} } = {}) => startCli(program, args, { ...environment, ...env }, input),
    run: (args, options) => bench.start(args, options).ended,
    async killServer() {
      if (server) await stopPart(server);
    },
    async startServer() {
      server = await startPart('../setup/public-api-process.ts', { PORT: String(port), ANYON_URL: url });
    },
    async close() {
      await bench.killServer();
      rmSync(directory, { recursive: true, force: true });
    },
  };
  await bench.startServer();
  return bench;
}

function startCli(program: string, args: readonly string[], env: Record<string, string>, input: string): StartedCli {
  const child = spawn(process.execPath, [program, ...args], { env: { NODE_ENV: 'production', ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  child.stdin.on('error', () => undefined); // it may end before it has read
  child.stdin.end(input);
  const ended = once(child, 'close').then(([code]: (number | null)[]) => ({ code: code ?? null, out: Buffer.concat(out), err: Buffer.concat(err).toString() }));
  return { child, out: () => Buffer.concat(out), err: () => Buffer.concat(err).toString(), ended };
}
