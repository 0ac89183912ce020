import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, readExit, readPid, stopDetached, type DetachedExit } from '@/server/containers/detached-command';
import type { ContainerEngine } from '@/server/containers/engine';
import { database } from '@/server/database';
import { describeError } from '@/server/errors';
import { log } from '@/server/log';
import { runPlace } from '@/server/runs/run-place';
import { moveRun, type RunRow } from '@/server/runs/run-status';

/** How the end was noticed. */
export type WatchedEnd = { kind: 'exited'; exit: DetachedExit } | { kind: 'container-stopped'; outOfMemory: boolean } | { kind: 'process-gone' };

const LOOK_EVERY_MS = 150;
const CHECK_ALIVE_EVERY_MS = 5_000;
/** Seconds for Claude to end by itself after an interrupt; a stop is proven in less than 5 s. */
const STOP_GRACE_SECONDS = 2;
/** A container that just went away may have written its exit file a moment before. */
const LAST_LOOK_MS = 1_500;

/**
 * Looks at a live run until it is over: the exit file first, for it is the truth; the container and the process now and
 * then, for they may be gone without one. An engine that does not answer ends nothing: the run goes on, and so does this.
 */
export async function watchRun(engine: ContainerEngine, run: RunRow, containerId: string, context: { stopRequested: () => boolean; signal: AbortSignal }): Promise<WatchedEnd> {
  const { exchange } = runPlace(run);
  const liveness = new LivenessCheck(engine, run, containerId);
  let stopping: Promise<void> | null = null;
  let status = run.status;
  for (;;) {
    context.signal.throwIfAborted();
    const exit = await readExit(exchange);
    if (exit) return { kind: 'exited', exit };
    if (status === 'starting' && (await readPid(exchange))) status = await becomeRunning(run);
    if (context.stopRequested()) stopping ??= stopUntilGone(engine, run, containerId, context.signal);
    const gone = await liveness.check();
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

async function stopUntilGone(engine: ContainerEngine, run: RunRow, containerId: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !(await readExit(runPlace(run).exchange))) {
    try {
      await stopDetached(engine, containerId, run.id, STOP_GRACE_SECONDS);
    } catch (error) {
      log().warn({ runId: run.id, reason: describeError(error) }, 'run: the stop could not be delivered, trying again');
    }
    await sleep(1_000);
  }
}

/** Asks the engine every few seconds whether the run can still be alive; keeps the row's reason honest while it cannot be asked. */
class LivenessCheck {
  #checkedAt = Date.now();
  #unreachable = false;
  readonly #engine: ContainerEngine;
  readonly #run: RunRow;
  readonly #containerId: string;

  constructor(engine: ContainerEngine, run: RunRow, containerId: string) {
    this.#engine = engine;
    this.#run = run;
    this.#containerId = containerId;
  }

  async check(): Promise<Exclude<WatchedEnd, { kind: 'exited' }> | null> {
    if (Date.now() - this.#checkedAt < CHECK_ALIVE_EVERY_MS) return null;
    try {
      return await this.#ask();
    } catch (error) {
      await this.#setUnreachable(`Docker does not answer; the run goes on and its log is collected. (${describeError(error)})`);
      return null;
    } finally {
      this.#checkedAt = Date.now();
    }
  }

  async #ask(): Promise<Exclude<WatchedEnd, { kind: 'exited' }> | null> {
    const container = await this.#engine.inspectContainer(this.#containerId);
    if (!container || container.status === 'exited' || container.status === 'dead') {
      return { kind: 'container-stopped', outOfMemory: container?.exit?.oomKilled ?? false };
    }
    if (container.status !== 'running') return null;
    const life = await isAlive(this.#engine, this.#containerId, this.#run.id);
    await this.#setUnreachable(null);
    return life === 'dead' ? { kind: 'process-gone' } : null;
  }

  async #setUnreachable(reason: string | null): Promise<void> {
    if (this.#unreachable === (reason !== null)) return;
    this.#unreachable = reason !== null;
    const moved = await moveRun(database(), this.#run.id, { to: 'running', from: ['running'], reason, fence: this.#run.fence });
    if (!moved) log().debug({ runId: this.#run.id }, 'run: reason not written, it is not running any more');
  }
}
