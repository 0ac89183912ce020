import { isAlive } from '@/server/containers/detached-command';
import type { ContainerEngine, EngineContainer } from '@/server/containers/engine';
import { database } from '@/server/database';
import { describeError } from '@/server/errors';
import { log } from '@/server/log';
import { attemptId } from '@/server/runs/run-place';
import { moveRun, type RunRow } from '@/server/runs/run-status';

/** A run that can have no exit file any more. */
export type GoneRun = { kind: 'container-stopped'; outOfMemory: boolean } | { kind: 'process-gone' };

/** One cheap question to the engine. */
const ASK_CONTAINER_EVERY_MS = 2_000;
/** A command in the container, so less often. */
const ASK_PROCESS_EVERY_MS = 10_000;

/**
 * Asks the engine now and then whether the run can still be alive, and keeps the row's reason honest while it cannot be asked.
 * It asks in the background: an engine that accepts and never answers must not keep anybody from seeing the exit file.
 */
export class LivenessCheck {
  /** By the monotonic clock: a clock of the day that is set back must not make it blind for as long. */
  #askedAt = performance.now();
  #processAskedAt = performance.now();
  #asking = false;
  #gone: GoneRun | null = null;
  #unreachable: boolean;
  readonly #engine: ContainerEngine;
  readonly #run: RunRow;
  readonly #containerId: string;
  readonly #beganAt: Date;

  /** `beganAt`: when this start of Claude Code began. */
  constructor(engine: ContainerEngine, run: RunRow, { containerId, beganAt }: { containerId: string; beganAt: Date }) {
    this.#engine = engine;
    this.#run = run;
    this.#containerId = containerId;
    this.#beganAt = beganAt;
    this.#unreachable = run.status === 'running' && run.statusReason !== null;
  }

  /** What the last answer said; asks again when it is time. Never waits. */
  look(): GoneRun | null {
    if (!this.#asking && performance.now() - this.#askedAt >= ASK_CONTAINER_EVERY_MS) void this.#askInBackground();
    return this.#gone;
  }

  async #askInBackground(): Promise<void> {
    this.#asking = true;
    try {
      this.#gone = await this.#ask();
      await this.#tellUnreachable(null);
    } catch (error) {
      await this.#tellUnreachable(`Docker does not answer; the run goes on and its log is collected. (${describeError(error)})`);
    } finally {
      this.#asking = false;
      this.#askedAt = performance.now();
    }
  }

  async #ask(): Promise<GoneRun | null> {
    const container = await this.#engine.inspectContainer(this.#containerId);
    if (!container || container.status === 'exited' || container.status === 'dead') {
      return { kind: 'container-stopped', outOfMemory: container?.exit?.oomKilled ?? false };
    }
    if (container.status !== 'running' || performance.now() - this.#processAskedAt < ASK_PROCESS_EVERY_MS) return null;
    this.#processAskedAt = performance.now();
    if ((await isAlive(this.#engine, this.#containerId, attemptId(this.#run))) !== 'dead') return null;
    return hasRestartedSince(container, this.#beganAt) ? { kind: 'container-stopped', outOfMemory: false } : { kind: 'process-gone' };
  }

  async #tellUnreachable(reason: string | null): Promise<void> {
    if (this.#unreachable === (reason !== null)) return;
    try {
      await moveRun(database(), this.#run.id, { to: 'running', from: ['running'], reason, fence: this.#run.fence });
      this.#unreachable = reason !== null;
    } catch (error) {
      log().warn({ err: error, runId: this.#run.id }, 'run: the reason could not be written; tried again with the next answer');
    }
  }
}

/** True of a container that runs, but has ended since then: recovery is quick, it may run again before anybody has looked. */
export function hasRestartedSince({ startedAt }: Pick<EngineContainer, 'startedAt'>, since: Date): boolean {
  return startedAt !== null && Date.parse(startedAt) > since.getTime();
}
