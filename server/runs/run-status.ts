import { and, eq, inArray, sql } from 'drizzle-orm';
import { isFinal, runStatuses, type RunStatus } from '@/contract/run';
import type { DatabaseOrTransaction } from '@/db/client';
import { runs } from '@/db/schema';
import { maskTokens } from '@/server/secrets/masked-text';

export type RunRow = typeof runs.$inferSelect;

/**
 * The legal moves of a run. A move is one compare-and-set under the fence of the worker that supervises it; a final state
 * is never left.
 *
 *   queued ─► starting ─► running ─► succeeded | failed | interrupted | lost
 *      │          │          ├─► needs_you ─► running (answered), or any end that running has
 *      │          └──────────┴─► stopping ─► stopped (or what really happened first)
 *      ▲          └──────────┴─► parked (no process is left) ─► queued, or stopped | failed at once
 *      └─► stopped, or failed | interrupted while it waited for room
 */
const legalMoves: Readonly<Record<RunStatus, readonly RunStatus[]>> = {
  queued: ['queued', 'starting', 'stopped', 'failed', 'interrupted'],
  starting: ['starting', 'running', 'stopping', 'parked', 'succeeded', 'failed', 'interrupted', 'lost'],
  running: ['running', 'stopping', 'needs_you', 'parked', 'succeeded', 'failed', 'interrupted', 'lost'],
  needs_you: ['needs_you', 'running', 'stopping', 'parked', 'succeeded', 'failed', 'interrupted', 'lost'],
  parked: ['parked', 'queued', 'stopped', 'failed'],
  stopping: ['stopping', 'stopped', 'succeeded', 'failed', 'interrupted', 'lost'],
  succeeded: [],
  failed: [],
  stopped: [],
  interrupted: [],
  lost: [],
};

/** States that are not final. */
export const liveRunStatuses = runStatuses.filter((status) => !isFinal(status));

export const finalRunStatuses = runStatuses.filter(isFinal);

/** States in which somebody has to look after a run: what a worker takes over when it starts. Of a parked one nothing is left to look after. */
export const supervisedRunStatuses: readonly RunStatus[] = liveRunStatuses.filter((status) => status !== 'parked');

export interface RunMove {
  to: RunStatus;
  reason: string | null;
  /** Moves only while the row still has this fence; absent for moves that a person asks for. */
  fence?: number;
  /** Only from these, of those that are legal. */
  from?: readonly RunStatus[];
  set?: Partial<Omit<RunRow, 'id' | 'workspaceId' | 'status' | 'statusReason' | 'statusSince'>>;
}

/** Returns the row after the move, or null when it is gone, fenced off, or in a state from which the move is not legal. */
export async function moveRun(db: DatabaseOrTransaction, runId: string, move: RunMove): Promise<RunRow | null> {
  const from = runStatuses.filter((status) => legalMoves[status].includes(move.to) && (move.from?.includes(status) ?? true));
  const [row] = await db
    .update(runs)
    .set({
      ...move.set,
      ...(isFinal(move.to) && { sealedPrompt: null }),
      status: move.to,
      statusReason: maskTokens(move.reason),
      statusSince: sql`case when ${runs.status} = ${move.to} then ${runs.statusSince} else now() end`,
    })
    .where(and(eq(runs.id, runId), inArray(runs.status, from), move.fence === undefined ? undefined : eq(runs.fence, move.fence)))
    .returning();
  return row ?? null;
}

/** Raises the fence and returns the row: from now on the caller supervises the run, and whoever did before can change nothing. */
export async function claimRun(db: DatabaseOrTransaction, runId: string): Promise<RunRow | null> {
  const [row] = await db
    .update(runs)
    .set({ fence: sql`${runs.fence} + 1` })
    .where(and(eq(runs.id, runId), inArray(runs.status, supervisedRunStatuses)))
    .returning();
  return row ?? null;
}

/** Writes columns without moving; false when the run has been taken over by another worker. */
export async function updateRun(db: DatabaseOrTransaction, run: Pick<RunRow, 'id' | 'fence'>, set: NonNullable<RunMove['set']>): Promise<boolean> {
  const rows = await db
    .update(runs)
    .set(set)
    .where(and(eq(runs.id, run.id), eq(runs.fence, run.fence)))
    .returning({ id: runs.id });
  return rows.length === 1;
}

/** How far the log of an attempt is by now. Of one that is over nothing is written: what comes late must not put less in the place of what its end has said. */
export async function noteLogProgress(db: DatabaseOrTransaction, run: Pick<RunRow, 'id' | 'fence'>, set: Pick<RunRow, 'outBytes' | 'errBytes' | 'firstOutputAt'>): Promise<void> {
  await db
    .update(runs)
    .set(set)
    .where(and(eq(runs.id, run.id), eq(runs.fence, run.fence), inArray(runs.status, ['starting', 'running', 'needs_you', 'stopping'])));
}
