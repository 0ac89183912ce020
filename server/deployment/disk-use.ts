import { log } from '@/server/log';
import { processState } from '@/server/process-state';
import { runProgram } from '@/server/deployment/run-program';

const timeoutMs = 2 * 60_000;

/**
 * Bytes on disk of everything below `directory`, counted by walking it: one directory at a time in this process, behind
 * everybody else for processor and disk, and given up after two minutes. Null when it cannot be told.
 */
export function measureDiskUse(directory: string): Promise<number | null> {
  const state = processState<{ last: Promise<unknown> }>('disk-use-turn', () => ({ last: Promise.resolve() }));
  const result = state.last.then(() => walk(directory));
  state.last = result.catch(() => undefined);
  return result;
}

async function walk(directory: string): Promise<number | null> {
  const { stdout, stderr } = await runProgram('nice', ['-n', '19', 'ionice', '-c', '3', 'du', '-s', '-x', '--block-size=1', '--', directory], timeoutMs);
  // A file that vanishes in the middle makes du end with 1; its sum is good all the same.
  const bytes = /^(\d+)\t/.exec(stdout)?.[1];
  if (bytes !== undefined) return Number(bytes);
  log().debug({ directory, reason: stderr.slice(0, 300) }, 'disk use: cannot be measured');
  return null;
}
