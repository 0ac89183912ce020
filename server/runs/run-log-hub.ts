import path from 'node:path';
import { runLogDir } from '@/server/deployment/paths';
import { processState } from '@/server/process-state';
import { openRunLogFile, type RunLogFile } from '@/server/runs/run-log-file';

/** The live log of one run as its viewers in this process share it. */
export interface SharedRunLog {
  readonly out: RunLogFile;
  readonly err: RunLogFile;
  /** Asks at most twice a second, however many ask; a question that fails counts as no, and is asked again. */
  isFinal(ask: () => Promise<boolean>): Promise<boolean>;
}

interface Entry {
  log: SharedRunLog;
  viewers: number;
}

const ASK_EVERY_MS = 500;

/** Joins the viewers of a run's log. Each must call `leave` once; the last one closes the files. */
export function joinRunLog(runId: string): { log: SharedRunLog; leave: () => Promise<void> } {
  const hub = processState('run-log-hub', () => new Map<string, Entry>());
  const entry = hub.get(runId) ?? { log: openSharedLog(runId), viewers: 0 };
  hub.set(runId, entry);
  entry.viewers++;
  return {
    log: entry.log,
    leave: async () => {
      if (--entry.viewers > 0) return;
      hub.delete(runId);
      await Promise.all([entry.log.out.close(), entry.log.err.close()]);
    },
  };
}

function openSharedLog(runId: string): SharedRunLog {
  const directory = runLogDir(runId);
  let asked = -Infinity;
  let answer: Promise<boolean> = Promise.resolve(false);
  return {
    out: openRunLogFile(path.join(directory, 'out.log')),
    err: openRunLogFile(path.join(directory, 'err.log')),
    isFinal: (ask) => {
      if (performance.now() - asked >= ASK_EVERY_MS) {
        asked = performance.now();
        answer = ask().catch(() => false);
      }
      return answer;
    },
  };
}
