import { and, eq, sql } from 'drizzle-orm';
import type { MaskedText } from '@/contract/masked-text';
import { isFinal } from '@/contract/run';
import { runVariants } from '@/db/schema';
import type { ContainerEngine } from '@/server/containers/engine';
import { database } from '@/server/database';
import { log } from '@/server/log';
import { openChecks, reopenChecks, whyItWaits, type OpenCheck } from '@/server/runs/variants/check/due-checks';
import { runCheck } from '@/server/runs/variants/check/run-check';
import { plainWords } from '@/server/secrets/masked-text';

/**
 * All checks that this worker sees through, one at a time in each workspace: their times are compared, and each may need all the memory there is.
 * A check that was on when another worker died is taken over by the first look.
 */
export class CheckRunner {
  readonly #engine: ContainerEngine;
  /** By workspace. */
  readonly #live = new Map<string, Promise<void>>();
  readonly #ending = new AbortController();

  constructor(engine: ContainerEngine) {
    this.#engine = engine;
  }

  /** Begins what may begin, and says of the rest why it waits. Safe to repeat. */
  async look(): Promise<void> {
    await reopenChecks();
    const open = await openChecks();
    for (const check of open.filter(({ variant }) => variant.checkState === 'running')) await this.#takeUp(check);
    for (const check of open.filter(({ variant }) => variant.checkState === 'waiting')) await this.#consider(check);
  }

  /** Lets go of all of them; they go on in their containers, and the next worker takes them up. */
  async end(): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#live.values());
  }

  async #takeUp(check: OpenCheck): Promise<void> {
    if (this.#live.has(check.workspace.id)) return;
    const containerId = runningContainerOf(check);
    if (containerId !== null) this.#begin(check, containerId);
    else await wait(check, plainWords('It was lost with its container, and is done again when the workspace runs.'));
  }

  async #consider(check: OpenCheck): Promise<void> {
    const { newest, variant } = check;
    if (isFinal(newest.status) && newest.status !== 'succeeded' && variant.archivedAt === null) return refuse(check);
    const containerId = runningContainerOf(check);
    const reason = whyItWaits(check) ?? (this.#live.has(check.workspace.id) ? plainWords('Another check of this workspace comes first.') : null);
    if (reason === null && containerId !== null) this.#begin(check, containerId);
    else if (reason !== variant.checkReason) await wait(check, reason);
  }

  #begin(check: OpenCheck, containerId: string): void {
    if (this.#ending.signal.aborted) return;
    const { id } = check.workspace;
    const over = runCheck(this.#engine, check, containerId, this.#ending.signal)
      .catch((error: unknown) => {
        if (!this.#ending.signal.aborted) log().warn({ err: error, runId: check.variant.runId }, 'checks: cannot be seen through at this moment, looking again');
      })
      .finally(() => this.#live.delete(id));
    this.#live.set(id, over);
  }
}

function runningContainerOf({ workspace }: OpenCheck): string | null {
  return workspace.status === 'running' && workspace.desired === 'running' ? workspace.containerId : null;
}

function asFound({ variant }: OpenCheck) {
  return and(eq(runVariants.runId, variant.runId), eq(runVariants.checkAttempt, variant.checkAttempt), sql`${runVariants.checkState} = ${variant.checkState}`);
}

async function wait(check: OpenCheck, checkReason: MaskedText | null): Promise<void> {
  const since = check.variant.checkState === 'waiting' ? {} : { checkSince: sql`now()`, checkRunId: null };
  await database().update(runVariants).set({ ...since, checkState: 'waiting', checkReason }).where(asFound(check));
}

/** Until the conversation goes on. */
async function refuse(check: OpenCheck): Promise<void> {
  const checkReason = plainWords('Its run has not succeeded, so there is nothing to check yet.');
  await database().update(runVariants).set({ checkState: 'could_not_run', checkSince: sql`now()`, checkRunId: check.newest.id, checkReason }).where(asFound(check));
}
