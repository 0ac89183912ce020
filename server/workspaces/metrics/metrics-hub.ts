import type { Actor } from '@/contract/actor';
import type { WorkspaceMetrics } from '@/contract/metrics';
import { openSession } from '@/db/client';
import { databaseUrl } from '@/server/database';
import { log } from '@/server/log';
import { processState } from '@/server/process-state';
import { mayUse } from '@/server/workspaces/access';
import { LATEST_SECONDS } from '@/server/workspaces/metrics/latest-metrics';
import { readLatest } from '@/server/workspaces/metrics/metrics-rows';

type Reading = Awaited<ReturnType<typeof readLatest>>[number];
type Listener = (readings: readonly Reading[]) => void;

const COALESCE_MS = 100;
/** Readings of each workspace that are kept for those who come: what a small line in a list shows, five minutes. */
const RECENT_READINGS = 30;
const AGAIN_MS = 1_000;

/**
 * The readings as all viewers of this process share them: one connection that listens, and one question to the database per
 * round of the collector, however many look on.
 */
class MetricsHub {
  readonly #listeners = new Set<Listener>();
  #latest = new Map<string, Reading>();
  readonly #recent = new Map<string, Reading[]>();
  #wake: NodeJS.Timeout | null = null;
  /** The first question; whoever comes while it is asked waits for its answer. */
  #ready: Promise<void> | null = null;

  constructor() {
    void this.#listen();
  }

  /** The latest readings that are not too old, those before them, and from now on the new ones through `listener`. */
  async subscribe(listener: Listener): Promise<{ latest: readonly Reading[]; before: readonly Reading[]; leave: () => void }> {
    this.#listeners.add(listener);
    const leave = () => this.#listeners.delete(listener);
    try {
      await (this.#ready ??= this.#read());
    } catch (error) {
      this.#ready = null;
      leave();
      throw error;
    }
    return { latest: [...this.#latest.values()].filter(isRecent), before: [...this.#recent.values()].flatMap((readings) => readings.slice(0, -1)), leave };
  }

  async #listen(): Promise<void> {
    const sql = openSession(databaseUrl());
    // postgres.js listens again by itself after a lost connection and calls the third argument each time.
    await sql
      .listen('anyon_metrics', () => this.#wakeUp(), () => this.#wakeUp())
      .catch((error: unknown) => {
        log().warn({ err: error }, 'metrics: cannot listen, trying again');
        setTimeout(() => void this.#listen(), AGAIN_MS).unref();
      });
  }

  #wakeUp(): void {
    this.#wake ??= setTimeout(() => {
      this.#wake = null;
      this.#read().catch((error: unknown) => log().warn({ err: error }, 'metrics: cannot read, waiting for the next'));
    }, COALESCE_MS);
  }

  async #read(): Promise<void> {
    const readings = await readLatest(LATEST_SECONDS);
    const fresh = readings.filter(({ workspaceId, metrics }) => this.#latest.get(workspaceId)?.metrics.at.getTime() !== metrics.at.getTime());
    this.#latest = new Map(readings.map((reading) => [reading.workspaceId, reading]));
    if (fresh.length === 0) return;
    this.#remember(fresh);
    for (const listener of this.#listeners) listener(fresh);
  }

  #remember(fresh: readonly Reading[]): void {
    for (const reading of fresh) this.#recent.set(reading.workspaceId, [...(this.#recent.get(reading.workspaceId) ?? []), reading].slice(-RECENT_READINGS));
    for (const workspaceId of this.#recent.keys()) if (!this.#latest.has(workspaceId)) this.#recent.delete(workspaceId);
  }
}

function isRecent({ metrics }: Reading): boolean {
  return Date.now() - metrics.at.getTime() < LATEST_SECONDS * 1000;
}

/**
 * Follows what the workspaces use that the actor may see, or the one that is named (whose access was checked before), until
 * the signal ends it. The first event comes at once: the latest readings, maybe none; the second has the few minutes before
 * them, as far as this process has seen them. A slow viewer gets only the newest of each workspace.
 */
export async function* followMetrics(actor: Actor, workspaceId: string | undefined, signal: AbortSignal): AsyncGenerator<WorkspaceMetrics[]> {
  const waiting = new Map<string, WorkspaceMetrics>();
  let woken = Promise.withResolvers<void>();
  const mine = (reading: Reading) => (workspaceId === undefined || reading.workspaceId === workspaceId) && mayUse(actor, reading);
  const toEvent = ({ workspaceId: id, metrics }: Reading): WorkspaceMetrics => ({ workspaceId: id, metrics });
  const hub = processState('metrics-hub', () => new MetricsHub());
  const { latest, before, leave } = await hub.subscribe((readings) => {
    for (const reading of readings.filter(mine)) waiting.set(reading.workspaceId, toEvent(reading));
    if (waiting.size > 0) woken.resolve();
  });
  const end = () => woken.resolve();
  signal.addEventListener('abort', end, { once: true });
  try {
    yield latest.filter(mine).map(toEvent);
    const earlier = before.filter(mine).map(toEvent);
    if (earlier.length > 0) yield earlier;
    while (!signal.aborted) {
      await woken.promise;
      woken = Promise.withResolvers<void>();
      const events = [...waiting.values()];
      waiting.clear();
      if (signal.aborted) return;
      if (events.length > 0) yield events;
    }
  } finally {
    leave();
    signal.removeEventListener('abort', end);
  }
}
