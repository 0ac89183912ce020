import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { bundleServer } from '@/scripts/setup/build-product.mjs';
import { childEnvironment } from '@/server/env';

/** The supervising part of a worker as a process of its own, on the database and folders of this test. */
export interface SupervisingProcess {
  pid: number;
  /** Sets its clock so far ahead of the real one. */
  setClockAhead(milliseconds: number): void;
  /** From now on it hears that the container is gone. */
  loseContainer(): void;
  /** Everything it has written. */
  output(): string;
  /** Bytes by which its memory has been larger than when it was ready, at most. */
  memoryGrowth(): number;
  /** SIGKILL; resolves when it is gone. Fine when it has ended already. */
  kill(): Promise<void>;
}

/** Bundled once per test file. */
const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-test-supervising-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
await bundleServer(['tests/faults/log-path/supervising-program.ts'], directory, { failpoints: true });

/** Resolves when it is ready. `env` comes on top of this process's environment. */
export async function startSupervising(env: Record<string, string> = {}): Promise<SupervisingProcess> {
  const program = path.join(directory, 'supervising-program.mjs');
  const child = fork(program, { cwd: directory, execArgv: ['--enable-source-maps'], env: childEnvironment(env), stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const failed = once(child, 'exit').then(([code]) => Promise.reject(new Error(`The supervising process ended with ${String(code)} before it was ready.\n${output}`)));
  await Promise.race([once(child, 'message'), failed]);
  failed.catch(() => undefined);
  const pid = child.pid ?? 0;
  const atFirst = memory(pid, 'VmRSS');
  let most = atFirst;
  const measure = () => {
    if (isThere(child)) most = Math.max(most, memory(pid, 'VmHWM'));
  };
  return {
    pid,
    setClockAhead: (milliseconds) => void child.send({ clockAheadMs: milliseconds }),
    loseContainer: () => void child.send({}),
    output: () => output,
    memoryGrowth: () => {
      measure();
      return most - atFirst;
    },
    kill: async () => {
      if (!isThere(child)) return;
      measure();
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}

function isThere(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

/** Bytes. */
function memory(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes ?? 0) * 1024;
}
