import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Outcome } from '@/tests/bench/harness/report';
import type { RowOrder } from '@/tests/bench/run-row';

const LIMIT_MS = 20 * 60_000;
/** What an interrupted row may take to clean up after itself. */
const UNWIND_MS = 60_000;
const script = path.resolve(import.meta.dirname, '../run-row.ts');

/** Measures a row in a process of its own; answers also when that process dies or does not end. Ctrl-C reaches it by itself, SIGTERM through here. */
export async function measureInOwnProcess(row: Omit<RowOrder, 'directory'>, limitMs = LIMIT_MS): Promise<Outcome> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'anyon-bench-'));
  const child = fork(script, { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const end = (): void => {
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), UNWIND_MS).unref();
  };
  let outcome: Outcome | undefined;
  const limit = setTimeout(() => {
    outcome = { failure: `It was not over after ${limitMs / 60_000} minutes.` };
    end();
  }, limitMs);
  process.on('SIGTERM', end);
  try {
    child.on('message', (answer: Outcome) => (outcome ??= answer));
    child.send({ ...row, directory } satisfies RowOrder);
    const code = await new Promise<string>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (status, signal) => resolve(signal ?? String(status)));
    });
    return outcome ?? { failure: `Its process ended with ${code} before it had measured.` };
  } finally {
    clearTimeout(limit);
    process.off('SIGTERM', end);
    await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 }); // what it started may still be ending there
  }
}
