import { Worker } from 'node:worker_threads';
import type { LookedFor } from '@/contract/log-search';
import { searchPattern } from '@/contract/log-search';
import { AnyonError, describeError } from '@/server/errors';
import { matchLines, type MatchJob, type MatchResult } from '@/server/runs/log-search/match-lines';

/** More than a piece takes with any pattern that is not catastrophic, on a slow and busy machine. */
const DEADLINE_MS = 5_000;

/** Searches pieces in a thread of its own. A pattern that takes for ever ends with the thread, whatever it is doing. */
export interface Matcher {
  /** One piece at a time; the bytes are handed over and must not be used again. Throws `invalid` when the pattern takes too long or cannot be used. */
  match(piece: Pick<MatchJob, 'bytes' | 'skip' | 'until' | 'room'>): Promise<MatchResult>;
  close(): Promise<void>;
}

/** Throws `invalid` when what is looked for is no regular expression. */
export function openMatcher(wanted: LookedFor, deadlineMs = DEADLINE_MS): Matcher {
  const { source, flags } = requirePattern(wanted);
  const common = { source, flags, literal: wanted.kind !== 'regex' };
  // The thread is made of the source of one function: a file for it would have to be found in every bundle.
  const worker = new Worker(`const matchLines = ${matchLines.toString()}; const { parentPort } = require('node:worker_threads'); parentPort.on('message', (job) => parentPort.postMessage(matchLines(job)));`, {
    eval: true,
    resourceLimits: { maxOldGenerationSizeMb: 256 },
  });
  worker.unref();
  return {
    match: async (piece) => {
      const asked = new AbortController();
      const failure = (sentence: string) => new AnyonError('invalid', sentence);
      try {
        return await new Promise<MatchResult>((resolve, reject) => {
          const stop = (sentence: string) => reject(failure(sentence));
          const timer = setTimeout(stop, deadlineMs, 'This pattern takes too long on this log, so the search was ended. Make it simpler: repeats inside of repeats are what makes patterns slow.');
          const listen = (event: string, hear: (value: unknown) => void) => {
            worker.on(event, hear);
            asked.signal.addEventListener('abort', () => void worker.off(event, hear), { once: true });
          };
          asked.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
          listen('message', (result) => resolve(result as MatchResult));
          listen('error', (error) => stop(`This search cannot be made: ${describeError(error)}`));
          listen('exit', () => stop('The search was ended.'));
          worker.postMessage({ ...common, ...piece }, [piece.bytes.buffer as ArrayBuffer]);
        });
      } catch (error) {
        void worker.terminate();
        throw error;
      } finally {
        asked.abort();
      }
    },
    close: async () => void (await worker.terminate()),
  };
}

/** Throws `invalid` in words when this cannot be looked for. */
export function requirePattern(wanted: LookedFor): RegExp {
  const pattern = searchPattern(wanted);
  if (!pattern) throw new AnyonError('invalid', 'This is not a regular expression. Look at brackets and backslashes, or search for the text as it stands.');
  return pattern;
}
