import { and, eq, gte, max } from 'drizzle-orm';
import { workspaceMetrics, workspaces } from '@/db/schema';
import type { ContainerEngine } from '@/server/containers/engine';
import { database } from '@/server/database';
import { describeError } from '@/server/errors';
import { log } from '@/server/log';
import type { RunRow } from '@/server/runs/run-status';

/** What a run that ran out of memory had, and how much was used at most. Bytes; null where nobody can say. */
export interface MemoryAtEnd {
  limitBytes: number | null;
  peakBytes: number | null;
}

/** The kernel's own high-water mark: cgroup version 2, then 1. `cat` prints the one that exists. */
const PEAK_FILES = ['/sys/fs/cgroup/memory.peak', '/sys/fs/cgroup/memory/memory.max_usage_in_bytes'];

/**
 * For the sentence about a run that was ended for lack of memory. Asks the container, and where it cannot be asked (it was
 * ended too, the engine is away) the row and the readings of that time. Never throws for an engine that does not answer.
 */
export async function memoryAtEnd(engine: ContainerEngine, run: RunRow, containerId: string): Promise<MemoryAtEnd> {
  const [asked, stored] = await Promise.all([askContainer(engine, containerId), fromRows(run)]);
  return { limitBytes: asked.limitBytes ?? stored.limitBytes, peakBytes: asked.peakBytes ?? stored.peakBytes };
}

async function askContainer(engine: ContainerEngine, containerId: string): Promise<MemoryAtEnd> {
  const nothing: MemoryAtEnd = { limitBytes: null, peakBytes: null };
  const signal = AbortSignal.timeout(5_000);
  try {
    const container = await engine.inspectContainer(containerId, signal);
    if (!container) return nothing;
    const limitBytes = container.limits.memoryBytes;
    if (container.status !== 'running') return { ...nothing, limitBytes };
    const { stdout } = await engine.exec(containerId, { argv: ['cat', ...PEAK_FILES], timeoutMs: 4_000, maxOutputBytes: 100 }, signal);
    const peak = /^\d+$/m.exec(stdout.toString('latin1'))?.[0];
    return { limitBytes, peakBytes: peak === undefined ? null : Math.min(Number(peak), limitBytes) };
  } catch (error) {
    log().debug({ reason: describeError(error) }, 'run: the container cannot say how much memory it used');
    return nothing;
  }
}

async function fromRows(run: RunRow): Promise<MemoryAtEnd> {
  const [workspace] = await database().select({ limitBytes: workspaces.memoryBytes }).from(workspaces).where(eq(workspaces.id, run.workspaceId));
  const [reading] = await database()
    .select({ peakBytes: max(workspaceMetrics.memoryBytes) })
    .from(workspaceMetrics)
    .where(and(eq(workspaceMetrics.workspaceId, run.workspaceId), gte(workspaceMetrics.at, run.startedAt ?? run.createdAt)));
  return { limitBytes: workspace?.limitBytes ?? null, peakBytes: reading?.peakBytes ?? null };
}
