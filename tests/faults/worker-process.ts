import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { inject } from 'vitest';
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

/** Starts one; it waits for the lead by itself. `env` comes on top of this process's environment. */
export function startWorkerProcess(env: Record<string, string> = {}): WorkerProcess {
  const bundle = inject('workerBundle');
  if (!bundle) throw new Error('This test project has no bundled worker: give it the globalSetup tests/setup/worker-bundle.ts.');
  const child = spawn(process.execPath, ['--enable-source-maps', bundle], {
    cwd: path.dirname(bundle),
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
