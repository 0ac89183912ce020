import type { Metrics, WorkspaceMetrics } from '@/contract/metrics';

/** Readings kept per workspace: what a small line shows. */
export const LIVE_READINGS = 30;
const none: readonly Metrics[] = [];

/**
 * The newest readings of many workspaces, outside React. One subscription feeds it and each cell listens to its own workspace
 * alone, so a list of hundreds draws only the figures that changed.
 */
export class LiveMetrics {
  readonly #readings = new Map<string, readonly Metrics[]>();
  readonly #listeners = new Map<string, Set<() => void>>();

  /** Takes readings in whatever order; those that are there already are ignored. */
  add(batch: readonly WorkspaceMetrics[]): void {
    const touched = new Set<string>();
    for (const { workspaceId, metrics } of batch) {
      const before = this.#readings.get(workspaceId) ?? none;
      const after = withReading(before, metrics);
      if (after === before) continue;
      this.#readings.set(workspaceId, after);
      touched.add(workspaceId);
    }
    for (const workspaceId of touched) for (const listener of this.#listeners.get(workspaceId) ?? []) listener();
  }

  /** Oldest first. The same array until something is added. */
  of(workspaceId: string): readonly Metrics[] {
    return this.#readings.get(workspaceId) ?? none;
  }

  subscribe(workspaceId: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(workspaceId) ?? new Set();
    this.#listeners.set(workspaceId, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(workspaceId);
    };
  }
}

function withReading(readings: readonly Metrics[], reading: Metrics): readonly Metrics[] {
  const last = readings.at(-1);
  if (last && last.at.getTime() === reading.at.getTime()) return readings;
  const isNewest = !last || last.at < reading.at;
  if (!isNewest && readings.some((entry) => entry.at.getTime() === reading.at.getTime())) return readings;
  const all = [...readings, reading];
  if (!isNewest) all.sort((one, other) => one.at.getTime() - other.at.getTime());
  return all.slice(-LIVE_READINGS);
}
