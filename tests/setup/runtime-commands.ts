import { existsSync } from 'node:fs';
import path from 'node:path';
import { endOf, exchanged, inside, prepareCommand, processesOf, startCommand, until, type ExitReport, type RuntimeContainer } from '@/tests/setup/runtime-container';

export const sh = (text: string) => ['bash', '-c', text];

/** A worktree of the container's repository with a branch of its own. */
export const worktreeOf = (id: string) => ({ repository: '/workspace/repo', path: `/workspace/worktrees/${id}`, branch: `anyon/${id}`, base: 'HEAD' });

/** What a test does with the wrapper of a container that is there when the first test begins. */
export interface RuntimeCommands {
  /** Of a command of its own. */
  nextId: () => string;
  /** Prepares, starts, waits for the end. */
  run: (spec: Record<string, unknown>, contents?: Parameters<typeof prepareCommand>[3]) => Promise<{ id: string; end: ExitReport; out: string; err: string }>;
  /** The wrapper ends right after exit.json. */
  gone: (id: string) => Promise<void>;
  started: (id: string) => Promise<void>;
  /** A verb of the wrapper; returns its exit code. */
  wrapper: (...argv: string[]) => Promise<number>;
}

/** Every command has a name that no other of this container has. */
export function runtimeCommands(box: () => RuntimeContainer): RuntimeCommands {
  let count = 0;
  const nextId = () => `run-${++count}`;
  const gone = (id: string) => until(`the wrapper of ${id} to go`, async () => !(await processesOf(box())).some((line) => line.endsWith(`anyon-run start ${id}`)));
  return {
    nextId,
    gone,
    started: (id) => until(`${id} to run`, () => existsSync(path.join(box().exchange, id, 'pid'))),
    wrapper: async (...argv) => (await inside(box(), 'anyon-run', ...argv)).code,
    async run(spec, contents = {}) {
      const id = nextId();
      prepareCommand(box(), id, spec, contents);
      await startCommand(box(), id);
      const end = await endOf(box(), id);
      await gone(id);
      return { id, end, out: exchanged(box(), id, 'out.raw'), err: exchanged(box(), id, 'err.raw') };
    },
  };
}
