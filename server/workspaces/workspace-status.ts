import { and, eq, inArray, sql } from 'drizzle-orm';
import type { WorkspaceStatus } from '@/contract/workspace';
import type { DatabaseOrTransaction } from '@/db/client';
import { workspaces } from '@/db/schema';

export type WorkspaceRow = typeof workspaces.$inferSelect;

/**
 * The legal moves of a workspace. A move is one compare-and-set: it happens from a state it may happen from, under the
 * fence of the task that asks for it, or not at all.
 *
 *   creating ─► running ◄─► stopped          unhealthy ─► creating (start again)
 *   any living state ─► unhealthy | unknown (and back)      any ─► deleting ─► row removed
 */
const legalMoves: Readonly<Record<WorkspaceStatus, readonly WorkspaceStatus[]>> = {
  creating: ['creating', 'running', 'stopped', 'unhealthy', 'deleting'],
  running: ['running', 'stopped', 'unhealthy', 'unknown', 'creating', 'deleting'],
  stopped: ['creating', 'running', 'unhealthy', 'deleting', 'archived'],
  unhealthy: ['creating', 'stopped', 'unhealthy', 'deleting'],
  unknown: ['running', 'stopped', 'unhealthy', 'unknown', 'creating', 'deleting'],
  deleting: ['deleting', 'unhealthy'],
  archived: ['stopped', 'deleting'],
};

export interface WorkspaceMove {
  to: WorkspaceStatus;
  reason: string | null;
  /** Moves only while the row still has this fence; absent for moves that a person asks for. */
  fence?: number;
  /** Further columns that change with the state. */
  set?: Partial<Pick<WorkspaceRow, 'containerId' | 'steps' | 'fence' | 'clonedAt'>>;
}

/** A state that stays what it is keeps its age, even when its reason changes. */
function since(to: WorkspaceStatus) {
  return sql`case when ${workspaces.status} = ${to} then ${workspaces.statusSince} else now() end`;
}

/** Returns the row after the move, or null when the row is gone, fenced off, or in a state from which the move is not legal. */
export async function moveWorkspace(db: DatabaseOrTransaction, workspaceId: string, move: WorkspaceMove): Promise<WorkspaceRow | null> {
  const from = (Object.keys(legalMoves) as WorkspaceStatus[]).filter((status) => legalMoves[status].includes(move.to));
  const [row] = await db
    .update(workspaces)
    .set({ ...move.set, status: move.to, statusReason: move.reason, statusSince: since(move.to) })
    .where(
      and(
        eq(workspaces.id, workspaceId),
        inArray(workspaces.status, from),
        move.fence === undefined ? undefined : eq(workspaces.fence, move.fence),
      ),
    )
    .returning();
  return row ?? null;
}
