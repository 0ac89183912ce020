import { setTimeout as sleep } from 'node:timers/promises';
import { eq, inArray } from 'drizzle-orm';
import { runs } from '@/db/schema';
import { Attendants } from '@/server/containers/attendants';
import type { ContainerEngine } from '@/server/containers/engine';
import { database } from '@/server/database';
import { log, withLogIds } from '@/server/log';
import { startDueFollowUps } from '@/server/runs/follow-ups/start-due-follow-ups';
import { RunLine } from '@/server/runs/run-line';
import { supervisedRunStatuses } from '@/server/runs/run-status';
import { superviseRun } from '@/server/runs/supervise-run';

interface LiveRun {
  stopRequested: boolean;
  /** Somebody looked at it while it was supervised: it may have been parked and gone on in the same moment. */
  lookAgain: boolean;
  over: Promise<void>;
}

/**
 * All runs that this worker looks after, each under one supervision. `look` is what a job asks for; `takeOver` is what a worker
 * does first: every run that is neither final nor parked is adopted, whatever the worker before it was doing when it died.
 */
export class RunSupervisor {
  readonly #engine: ContainerEngine;
  readonly #live = new Map<string, LiveRun>();
  readonly #line = new RunLine();
  readonly #attendants: Attendants;
  readonly #ending = new AbortController();

  constructor(engine: ContainerEngine) {
    this.#engine = engine;
    this.#attendants = new Attendants(engine);
  }

  /** Starts supervising the run if it needs that and nobody does; tells its supervision about a requested stop. */
  async look(runId: string): Promise<void> {
    const [row] = await database().select({ status: runs.status, workspaceId: runs.workspaceId }).from(runs).where(eq(runs.id, runId));
    if (!row || !supervisedRunStatuses.includes(row.status) || this.#ending.signal.aborted) return;
    const supervised = this.#live.get(runId);
    if (supervised) supervised.lookAgain = true;
    const live = supervised ?? withLogIds({ runId, workspaceId: row.workspaceId }, () => this.#begin(runId));
    live.stopRequested ||= row.status === 'stopping';
  }

  /** Adopts every run that needs it. Safe to repeat: it is also the sweep that heals a lost job. */
  async takeOver(): Promise<void> {
    const rows = await database().select({ id: runs.id }).from(runs).where(inArray(runs.status, supervisedRunStatuses));
    for (const row of rows) await this.look(row.id);
  }

  /** Lets go of all runs; they go on, and the next worker adopts them. Returns when nothing of them is written any more. */
  async end(): Promise<void> {
    this.#ending.abort();
    await Promise.all([...this.#live.values()].map((live) => live.over));
    this.#attendants.dismiss();
  }

  #begin(runId: string): LiveRun {
    const live: LiveRun = { stopRequested: false, lookAgain: false, over: Promise.resolve() };
    this.#live.set(runId, live);
    live.over = this.#supervise(runId, live)
      .then(() => this.#goOn(runId))
      .finally(() => {
        this.#live.delete(runId);
        this.#line.lookSoon(); // what it took is free for the next
        if (live.lookAgain) this.look(runId).catch((error: unknown) => log().warn({ err: error, runId }, 'run: not looked at again, the sweep does it'));
      });
    return live;
  }

  /** What waits for the end of the run begins now, and not only when the worker's loop comes by. */
  async #goOn(runId: string): Promise<void> {
    if (this.#ending.signal.aborted) return;
    await startDueFollowUps().catch((error: unknown) => log().warn({ err: error, runId }, 'run: what follows is not started, the loop does it'));
  }

  async #supervise(runId: string, live: LiveRun): Promise<void> {
    const signal = this.#ending.signal;
    for (let pause = 500; !signal.aborted; pause = Math.min(pause * 2, 10_000)) {
      try {
        return await superviseRun(this.#engine, runId, { stopRequested: () => live.stopRequested, line: this.#line, attendants: this.#attendants, signal });
      } catch (error) {
        log().error({ err: error, runId }, `run: supervision failed, trying again in ${pause} ms`);
        await sleep(pause, undefined, { signal }).catch(() => {}); // only an abort ends the pause early; the loop sees it
      }
    }
  }
}
