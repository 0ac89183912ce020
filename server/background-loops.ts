import { setTimeout as sleep } from 'node:timers/promises';
import { log } from '@/server/log';
import { meters } from '@/server/meters';

/** Something the worker does again and again for as long as it lives. */
export interface BackgroundLoop {
  /** For the log. */
  name: string;
  /** Pause between the end of one round and the next. */
  everyMs: number;
  /** One round; the first comes at once. What it throws is logged, and the next round comes by itself. Must heed the signal. */
  run: (signal: AbortSignal) => Promise<unknown>;
}

/** Runs all of them side by side until the signal; resolves when every round under way has ended. */
export async function runLoops(loops: readonly BackgroundLoop[], signal: AbortSignal): Promise<void> {
  await Promise.all(loops.map((loop) => runLoop(loop, signal)));
}

async function runLoop({ name, everyMs, run }: BackgroundLoop, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await run(signal);
    } catch (error) {
      if (!signal.aborted) meters().loopFailures.inc({ loop: name });
      if (!signal.aborted) log().warn({ err: error, loop: name }, 'worker: a round failed, the next one comes by itself');
    }
    await sleep(everyMs, undefined, { signal }).catch(() => {}); // only the signal ends a pause early; the loop sees it
  }
}
