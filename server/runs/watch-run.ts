import { setTimeout as sleep } from 'node:timers/promises';
import { readExit, readPid, stopDetached, type DetachedExit } from '@/server/containers/detached-command';
import type { ContainerEngine } from '@/server/containers/engine';
import { database } from '@/server/database';
import { describeError } from '@/server/errors';
import { log } from '@/server/log';
import { LivenessCheck, type GoneRun } from '@/server/runs/liveness-check';
import { attemptId, runPlace } from '@/server/runs/run-place';
import { moveRun, type RunRow } from '@/server/runs/run-status';

/** How the end was noticed. */
export type WatchedEnd = { kind: 'exited'; exit: DetachedExit } | GoneRun;

const LOOK_EVERY_MS = 150;
/** Seconds for Claude to end by itself after an interrupt; a stop is proven in less than 5 s. */
const STOP_GRACE_SECONDS = 1.5;
/** A container that just went away may have written its exit file a moment before. */
const LAST_LOOK_MS = 1_500;

/**
 * Looks at a live run until it is over: the exit file first, for it is the truth; the container and the process now and
 * then, for they may be gone without one. An engine that does not answer ends nothing: the run goes on, and so does this.
 */
export async function watchRun(engine: ContainerEngine, run: RunRow, containerId: string, context: { beganAt: Date; stopRequested: () => boolean; signal: AbortSignal }): Promise<WatchedEnd> {
  const { exchange } = runPlace(run);
  const liveness = new LivenessCheck(engine, run, { containerId, beganAt: context.beganAt });
  let stopping: Promise<void> | null = null;
  let status = run.status;
  for (;;) {
    context.signal.throwIfAborted();
    const exit = await readExit(exchange);
    if (exit) return { kind: 'exited', exit };
    if (status === 'starting' && (await readPid(exchange))) status = await becomeRunning(run);
    if (context.stopRequested()) stopping ??= stopUntilGone(engine, run, containerId, context.signal);
    const gone = liveness.look();
    if (gone) {
      await sleep(LAST_LOOK_MS);
      const late = await readExit(exchange);
      return late ? { kind: 'exited', exit: late } : gone;
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal: context.signal });
  }
}

async function becomeRunning(run: RunRow): Promise<'running' | 'stopping'> {
  const moved = await moveRun(database(), run.id, { to: 'running', from: ['starting'], reason: null, fence: run.fence });
  return moved ? 'running' : 'stopping';
}

/** Ends the process of a run and everything it has started, however often that has to be tried. Returns when its exit is written, or at the signal. */
export async function stopUntilGone(engine: ContainerEngine, run: RunRow, containerId: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !(await readExit(runPlace(run).exchange))) {
    try {
      await stopDetached(engine, containerId, attemptId(run), STOP_GRACE_SECONDS);
    } catch (error) {
      log().warn({ runId: run.id, reason: describeError(error) }, 'run: the stop could not be delivered, trying again');
    }
    await sleep(1_000);
  }
}
