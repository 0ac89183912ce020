import { setInterval as every } from 'node:timers/promises';
import { describeError } from '@/server/errors';
import { log } from '@/server/log';
import type { LiveRun } from '@/server/runs/live-run';
import { Watchdog } from '@/server/runs/watchdog/watchdog';

const LOOK_EVERY_MS = 1_000;

/**
 * Notices when nothing comes of a run any more, says so on the run, and acts by degrees. Returns when the attempt is over. Everything it
 * goes by is in the stored lines, the notices and the log's time, so that a worker's death makes it forget or repeat nothing.
 */
export async function watchOver(live: LiveRun): Promise<void> {
  let watchdog: Watchdog | null = null;
  try {
    for await (const _ of every(LOOK_EVERY_MS, undefined, { signal: live.signal })) {
      try {
        watchdog ??= await Watchdog.open(live);
        await watchdog.look();
      } catch (error) {
        if (live.signal.aborted) return;
        log().warn({ reason: describeError(error), runId: live.run.id }, 'watchdog: could not look, looking again');
      }
    }
  } catch (error) {
    if (!live.signal.aborted) throw error;
  }
}
