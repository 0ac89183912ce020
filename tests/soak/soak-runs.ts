import { inArray } from 'drizzle-orm';
import { runStatuses, isFinal } from '@/contract/run';
import { runs } from '@/db/schema';
import { openProductDatabase } from '@/tests/setup/product-database';
import type { RunningProduct } from '@/tests/setup/running-product';

/** What people stop, and what stops with its workspace, ends as it should; this does not. */
const badEnds: ReadonlySet<string> = new Set(['failed', 'lost']);

/** How runs ended, by their rows. They go with their workspaces, so what comes to its end and goes between two looks is not among them. */
export class SoakRuns {
  readonly #ends = new Map<string, { status: string; reason: string | null }>();

  async look({ dataDir }: Pick<RunningProduct, 'dataDir'>): Promise<void> {
    const { database, close } = openProductDatabase(dataDir);
    try {
      const ended = await database.select({ id: runs.id, status: runs.status, reason: runs.statusReason }).from(runs).where(inArray(runs.status, runStatuses.filter(isFinal)));
      for (const { id, status, reason } of ended) this.#ends.set(id, { status, reason });
    } finally {
      await close();
    }
  }

  /** How many have each of the ends. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { status } of this.#ends.values()) counts[status] = (counts[status] ?? 0) + 1;
    return counts;
  }

  /** In words, with how often. */
  problems(): Map<string, number> {
    const problems = new Map<string, number>();
    for (const { status, reason } of this.#ends.values()) {
      const words = `A run is ${status}: ${reason}`;
      if (badEnds.has(status)) problems.set(words, (problems.get(words) ?? 0) + 1);
    }
    return problems;
  }
}
