import { setTimeout as delay } from 'node:timers/promises';
import { MAX_LOG_HITS, type LogHit, type LogSearchEvent, type SearchLogInput } from '@/contract/log-search';
import type { LogStream } from '@/contract/run-log';
import { AnyonError } from '@/server/errors';
import type { RunAccess } from '@/server/runs/access';
import { assertLogIsKept } from '@/server/runs/removed-parts';
import { runLogPath } from '@/server/runs/log-index/read-log-lines';
import type { PiecePosition } from '@/server/runs/log-search/log-pieces';
import { openMatcher, requirePattern, type Matcher } from '@/server/runs/log-search/matcher-thread';
import { logSize, searchFile } from '@/server/runs/log-search/search-file';
import { assertRoomForSearch, occupySearch } from '@/server/runs/log-search/search-slots';
import { isRunFinal } from '@/server/runs/run-log';

const TELL_EVERY_MS = 100;
const LOOK_EVERY_MS = 500;
const LOOKS_PER_QUESTION = 4;

/** A search that may begin: all that can be refused was refused. */
export interface AllowedSearch {
  input: SearchLogInput;
  from: Record<LogStream, PiecePosition> & { found: number };
}

/** Refuses in words what cannot be searched for, and a search too many. */
export function allowSearch({ actor, run }: RunAccess, input: SearchLogInput): AllowedSearch {
  assertLogIsKept(run);
  requirePattern(input);
  assertRoomForSearch(actor);
  const from = input.lastEventId ? parsePosition(input.lastEventId) : { out: { offset: 0, line: 0 }, err: { offset: 0, line: 0 }, found: 0 };
  if (!from) throw new AnyonError('invalid', 'This is not a position of a search. Search again.');
  return { input, from };
}

/**
 * Searches a run's log and goes on while it grows, until the run is final or the signal fires. Each event has the id of the position it was
 * sent at: who comes back with one gets what lies behind it. Of the streams, `out` comes first.
 */
export async function* searchRun({ actor, run }: RunAccess, { input, from }: AllowedSearch, signal: AbortSignal): AsyncGenerator<{ id: string; event: LogSearchEvent }> {
  const leave = occupySearch(actor);
  const search = new RunSearch(run.id, input, from);
  try {
    for (let first = true; !signal.aborted; first = false) {
      const complete = await isRunFinal(run.id);
      const grown = await search.look();
      for await (const done of search.go(complete)) {
        if (signal.aborted) return;
        yield search.news('searching', done);
      }
      if (complete) return yield search.news('end');
      if (grown || first) yield search.news('waiting');
      await search.untilMore(signal);
    }
  } finally {
    await search.close();
    leave();
  }
}

/** One search: what it has found and how far it is. */
class RunSearch {
  readonly #paths: Record<LogStream, string>;
  readonly #streams: LogStream[];
  readonly #matcher: Matcher;
  readonly #at: Record<LogStream, PiecePosition>;
  readonly #sizes = { out: 0, err: 0 };
  #found: number;
  #hits: LogHit[] = [];
  #told = 0;

  constructor(runId: string, input: SearchLogInput, from: AllowedSearch['from']) {
    this.#paths = { out: runLogPath(runId, 'out'), err: runLogPath(runId, 'err') };
    this.#streams = (['out', 'err'] as const).filter((stream) => input.streams.includes(stream));
    this.#matcher = openMatcher(input);
    this.#at = { out: from.out, err: from.err };
    this.#found = from.found;
  }

  /** Looks how much there is now; true when it is more than before. */
  async look(): Promise<boolean> {
    let grown = false;
    for (const stream of this.#streams) {
      const size = await logSize(this.#paths[stream]);
      grown ||= size > this.#sizes[stream];
      this.#sizes[stream] = size;
    }
    return grown;
  }

  /** Searches what is there; gives how many bytes are done whenever it is time to tell. */
  async *go(complete: boolean): AsyncGenerator<number> {
    let before = 0;
    for (const stream of this.#streams) {
      const room = () => Math.max(0, MAX_LOG_HITS - this.#found);
      for await (const step of searchFile({ path: this.#paths[stream], stream, from: this.#at[stream], to: this.#sizes[stream], complete, matcher: this.#matcher, room })) {
        this.#hits.push(...step.hits);
        this.#found += step.count;
        this.#at[stream] = step.next;
        if (performance.now() - this.#told > TELL_EVERY_MS) yield before + step.done;
      }
      before += this.#sizes[stream];
    }
  }

  news(state: LogSearchEvent['state'], done?: number): { id: string; event: LogSearchEvent } {
    this.#told = performance.now();
    const total = this.#streams.reduce((sum, stream) => sum + this.#sizes[stream], 0);
    const { out, err } = this.#at;
    return { id: [out.offset, out.line, err.offset, err.line, this.#found].join('.'), event: { hits: this.#hits.splice(0), found: this.#found, done: done ?? total, total, state } };
  }

  /** Waits until there is more, or it is time to ask again whether the run is over. */
  async untilMore(signal: AbortSignal): Promise<void> {
    for (let looks = 0; looks < LOOKS_PER_QUESTION && !signal.aborted; looks += 1) {
      await delay(LOOK_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined); // the caller sees the abort
      for (const stream of this.#streams) if ((await logSize(this.#paths[stream])) > this.#sizes[stream]) return;
    }
  }

  async close(): Promise<void> {
    await this.#matcher.close();
  }
}

/** Null when the text is no position that a search has sent. */
function parsePosition(text: string): AllowedSearch['from'] | null {
  if (!/^\d{1,15}(\.\d{1,15}){4}$/.test(text)) return null;
  const [out = 0, outLine = 0, err = 0, errLine = 0, found = 0] = text.split('.').map(Number);
  return { out: { offset: out, line: outLine }, err: { offset: err, line: errLine }, found };
}
