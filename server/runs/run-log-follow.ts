import { setTimeout as delay } from 'node:timers/promises';
import { formatLogPosition, type LogPosition, type LogStream } from '@/contract/run-log';
import { lateness } from '@/server/lateness';
import { nextGather } from '@/server/runs/run-log-gather';
import { joinRunLog, type SharedRunLog } from '@/server/runs/run-log-hub';

/** A piece of one stream; `id` is the position behind it, from which a viewer goes on. */
export interface FollowedPiece {
  id: string;
  stream: LogStream;
  from: number;
  to: number;
  text: string;
}

export interface FollowOptions {
  runId: string;
  outFrom: number;
  errFrom: number;
  signal: AbortSignal;
  /** True once the run is final, which it is only after its log is whole. Asked now and then. */
  isFinal: () => Promise<boolean>;
}

/** How long to wait for growth before asking again whether the run is over. */
const ASK_EVERY_MS = 500;
const streams = ['out', 'err'] as const;

/**
 * Both streams of a run from the given bytes on, without a gap or a repeat, until the run is final and everything was passed on
 * (it then returns where both end), or the signal fires. Pulled by its reader: one that stalls holds one piece, whatever is written.
 */
export async function* followRunLog(options: FollowOptions): AsyncGenerator<FollowedPiece, LogPosition, undefined> {
  const { signal, isFinal } = options;
  const position: LogPosition = { out: options.outFrom, err: options.errFrom };
  const { log, leave } = joinRunLog(options.runId);
  let complete = false;
  let gather = 0;
  try {
    while (!signal.aborted) {
      let found = 0;
      for (const stream of streams) {
        const chunk = await log[stream].chunkAt(position[stream], complete);
        if (!chunk) continue;
        found += chunk.to - position[stream];
        position[stream] = chunk.to;
        yield { id: formatLogPosition(position), stream, ...chunk };
      }
      if (found > 0) {
        if (streams.some((stream) => log[stream].isBehind(position[stream]))) continue;
        const pause = Math.max(gather, lateness());
        if (pause > 0) await delay(pause, undefined, { signal, ref: false }).catch(() => undefined); // the loop sees the abort
        gather = nextGather(gather, found);
        continue;
      }
      gather = 0;
      if (complete) break;
      complete = await log.isFinal(isFinal);
      if (!complete) await growth(log, position, ASK_EVERY_MS, signal);
    }
  } finally {
    await leave();
  }
  return position;
}

/** Resolves when one of the files grows past the position, after `milliseconds`, or when the signal fires. */
async function growth(log: SharedRunLog, position: LogPosition, milliseconds: number, signal: AbortSignal): Promise<void> {
  let wake = (): void => undefined;
  const woken = new Promise<void>((resolve) => (wake = resolve));
  const timer = setTimeout(wake, milliseconds);
  const forget = streams.map((stream) => log[stream].onGrowth(position[stream], wake));
  signal.addEventListener('abort', wake, { once: true });
  await woken;
  signal.removeEventListener('abort', wake);
  clearTimeout(timer);
  for (const each of forget) each();
}
