import { setTimeout as sleep } from 'node:timers/promises';
import { METRICS_EVERY_SECONDS } from '@/contract/metrics';
import { startDeadline } from '@/server/containers/docker-deadline';
import type { ContainerEngine, ContainerStats } from '@/server/containers/engine';
import { describeError, isAnyonError } from '@/server/errors';
import { log } from '@/server/log';
import { cpuUse, type CpuReading } from '@/server/workspaces/metrics/cpu-use';
import { inParallel } from '@/server/workspaces/metrics/in-parallel';
import { findMeasuredWorkspaces, pruneReadings, storeReadings, type MeasuredWorkspace, type NewReading } from '@/server/workspaces/metrics/metrics-rows';

/** Readings at the same time. */
const AT_ONCE = 4;
/** One container that hangs costs a lane no more than this. */
const READING_MS = 3_000;
/** An engine that hangs costs a round no more than this; the next one begins after it, never beside it. */
const ROUND_MS = 8_000;
/** Between the two readings of a container that is seen for the first time. */
const FIRST_PAUSE_MS = 1_000;
const PRUNE_EVERY_MS = 60_000;

/**
 * Reads what every running container uses, once per round, for everybody who wants to know: one statement stores the round,
 * and whoever shows it reads it there. There is one collector, in the worker.
 */
export class MetricsCollector {
  readonly #engine: ContainerEngine;
  readonly #diskUse: (workspaceId: string) => number | null;
  /** By container: a new container of the same workspace counts from zero. */
  readonly #previous = new Map<string, CpuReading>();
  #nextRoundAt = -Infinity;
  #prunedAt = -Infinity;

  constructor(engine: ContainerEngine, diskUse: (workspaceId: string) => number | null) {
    this.#engine = engine;
    this.#diskUse = diskUse;
  }

  /** Waits until the next round is due, then does it; rounds that were missed are not made up for. */
  async onTime(signal: AbortSignal): Promise<void> {
    await sleep(Math.max(0, this.#nextRoundAt - performance.now()), undefined, { signal });
    this.#nextRoundAt = performance.now() + METRICS_EVERY_SECONDS * 1000;
    await this.round(signal);
  }

  /** One round. Containers that cannot be read are left out of it. Throws only what the database says. */
  async round(signal: AbortSignal): Promise<void> {
    const workspaces = await findMeasuredWorkspaces();
    this.#forgetAllBut(workspaces);
    // Where the time is not enough for all (an old engine on another host), none goes without for ever.
    workspaces.sort((one, other) => this.#lastReadAt(one) - this.#lastReadAt(other));
    const deadline = startDeadline('read what the workspaces use', ROUND_MS, signal);
    try {
      const { readings, unseen } = await this.#readAll(workspaces, deadline.signal);
      if (unseen.length > 0) await sleep(FIRST_PAUSE_MS, undefined, { signal });
      await storeReadings([...readings, ...(await this.#readAll(unseen, deadline.signal)).readings]);
    } finally {
      deadline.release();
    }
    await this.#prune();
  }

  /** `unseen` are those whose processor use needs a second reading. */
  async #readAll(workspaces: readonly MeasuredWorkspace[], until: AbortSignal): Promise<{ readings: NewReading[]; unseen: MeasuredWorkspace[] }> {
    const found = { readings: [] as NewReading[], unseen: [] as MeasuredWorkspace[] };
    await inParallel(workspaces, AT_ONCE, async (workspace) => {
      const stats = await this.#read(workspace, until);
      if (!stats) return;
      const previous = this.#previous.get(workspace.containerId);
      this.#previous.set(workspace.containerId, { readAt: stats.readAt, cpuNanoseconds: stats.cpuNanoseconds });
      const cpus = previous ? cpuUse(previous, stats) : null;
      if (cpus === null) found.unseen.push(workspace);
      else found.readings.push(this.#toReading(workspace, stats, cpus));
    });
    return found;
  }

  async #read(workspace: MeasuredWorkspace, until: AbortSignal): Promise<ContainerStats | null> {
    if (until.aborted) return null;
    try {
      return await this.#engine.readStats(workspace.containerId, AbortSignal.any([until, AbortSignal.timeout(READING_MS)]));
    } catch (error) {
      // Gone or not running: the reconciler's business. Anything else is worth a line.
      const expected = isAnyonError(error) && (error.kind === 'not_found' || error.kind === 'precondition');
      if (!expected) log().debug({ workspaceId: workspace.id, reason: describeError(error) }, 'metrics: a container cannot be read');
      return null;
    }
  }

  #toReading({ id }: MeasuredWorkspace, stats: ContainerStats, cpus: number): NewReading {
    const { memoryBytes, memoryLimitBytes, pids, networkReceivedBytes, networkSentBytes } = stats;
    return { workspaceId: id, at: new Date(stats.readAt), cpus, memoryBytes, memoryLimitBytes, pids, networkReceivedBytes, networkSentBytes, diskBytes: this.#diskUse(id) };
  }

  #lastReadAt({ containerId }: MeasuredWorkspace): number {
    return Date.parse(this.#previous.get(containerId)?.readAt ?? '') || 0;
  }

  #forgetAllBut(workspaces: readonly MeasuredWorkspace[]): void {
    const living = new Set(workspaces.map(({ containerId }) => containerId));
    for (const containerId of this.#previous.keys()) if (!living.has(containerId)) this.#previous.delete(containerId);
  }

  async #prune(): Promise<void> {
    if (performance.now() - this.#prunedAt < PRUNE_EVERY_MS) return;
    this.#prunedAt = performance.now();
    await pruneReadings();
  }
}
