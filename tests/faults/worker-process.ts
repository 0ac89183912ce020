import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { bundleServer } from '@/scripts/setup/build-product.mjs';
import { childEnvironment } from '@/server/env';

/** A worker of its own, from the sources (so with failpoints), on the database and directories of this test process. */
export interface WorkerProcess {
  pid: number;
  /** Resolves when it has ended, with the signal that ended it. */
  ended: Promise<NodeJS.Signals | null>;
  signal(name: NodeJS.Signals): void;
  /** Ends it the hard way; fine when it has ended already. */
  kill(): Promise<void>;
}

const live = new Set<ChildProcess>();

/** Bundled once per test file, with failpoints: what `npm run up` has built knows none. */
const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-test-worker-'));
process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
await bundleServer(['server/worker.ts'], directory, { failpoints: true });

/** Starts one; it waits for the lead by itself. `env` comes on top of this process's environment. */
export function startWorkerProcess(env: Record<string, string> = {}): WorkerProcess {
  const child = spawn(process.execPath, ['--enable-source-maps', path.join(directory, 'worker.mjs')], {
    cwd: directory,
    env: childEnvironment({ ...env }),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  live.add(child);
  const ended = once(child, 'exit').then(([, signal]) => {
    live.delete(child);
    return signal as NodeJS.Signals | null;
  });
  return {
    pid: child.pid ?? 0,
    ended,
    signal: (name) => void child.kill(name),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** For the end of a test file, whatever happened before. */
export async function killWorkers(): Promise<void> {
  await Promise.all(
    [...live].map((child) => {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      return gone;
    }),
  );
}
