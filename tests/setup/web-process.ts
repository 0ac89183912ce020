import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { littleGarbage, sharedArenas } from '@/server/parent/process-memory';
import { root } from '@/tests/house/house';
import { freePort } from '@/tests/setup/free-ports';

export interface WebProcess {
  url: string;
  process: ChildProcess;
  /** What it wrote so far, both streams. */
  output: () => string;
  /** Resolves with the exit code when it has ended. */
  ended: Promise<number | null>;
}

/** The built web process (dist/web, made by `npm run build`) as the parent starts it, on a free port or this one. Does not wait until it answers. */
export async function startWebProcess(environment: Record<string, string>, givenPort?: number): Promise<WebProcess> {
  const directory = path.join(root, 'dist/web');
  if (!existsSync(path.join(directory, 'server.js'))) throw new Error('The product is not built. Run `npm run build`.');
  const port = givenPort ?? (await freePort());
  const url = `http://localhost:${port}`;
  const settings = { ...sharedArenas, NODE_ENV: 'production' as const, PATH: process.env['PATH'] ?? '', HOSTNAME: '127.0.0.1', PORT: String(port), ANYON_PORT: String(port), ANYON_URL: url, ANYON_SECRET_KEY: secretKey(), ...environment };
  const child = spawn(process.execPath, [...littleGarbage.busy, 'server.js'], { cwd: directory, env: settings, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { url, process: child, output: () => output, ended };
}

/** Waits until it answers; throws with its words when it ends or takes longer than 30 s. */
export async function untilAnswers(web: WebProcess): Promise<void> {
  for (let tries = 0; tries < 300 && web.process.exitCode === null; tries++) {
    const answer = await fetch(`${web.url}/api/health`).catch(() => null);
    if (answer) return void (await answer.text());
    await sleep(100);
  }
  throw new Error(`The web process does not answer:\n${web.output()}`);
}

/** The key of this test process, so that both read the same rows. */
function secretKey(): string {
  return process.env['ANYON_SECRET_KEY'] ?? randomBytes(32).toString('base64');
}
