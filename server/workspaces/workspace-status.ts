import { and, eq, inArray, sql } from 'drizzle-orm';
import { workspaceStatuses, type WorkspaceStatus } from '@/contract/workspace';
import type { DatabaseOrTransaction } from '@/db/client';
import { workspaces } from '@/db/schema';
import { maskTokens } from '@/server/secrets/masked-text';

export type WorkspaceRow = typeof workspaces.$inferSelect;

/**
 * The life of a workspace. `status` says what it is, `desired` (running | stopped) what it should be; a task moves the one
 * towards the other, and while one is under way `statusReason` says so. A move is one compare-and-set: it happens from a
 * state it may happen from, under the fence of the attempt that makes it, or not at all. The fence goes up with every task
 * that is asked for and with every attempt that begins, so whoever worked on an earlier one can change nothing.
 *
 *   creating ─► running ◄─► stopped ◄─► archived        creating: is being brought up, for the first time or again
 *   creating, running, stopped ─► unhealthy             a task failed for good, or isolation could not be proved
 *   unhealthy ─► creating | stopped | running           started again, stopped, or found running by the reconciler
 *   running, creating ─► unknown ─► what is found       the engine cannot be asked
 *   any ─► deleting ─► the row is gone                  (deleting ─► unhealthy when removing failed for good)
 */
const legalMoves: Readonly<Record<WorkspaceStatus, readonly WorkspaceStatus[]>> = {
  creating: ['creating', 'running', 'stopped', 'unhealthy', 'unknown', 'deleting', 'archived'],
  running: ['running', 'stopped', 'unhealthy', 'unknown', 'creating', 'deleting', 'archived'],
  stopped: ['stopped', 'creating', 'running', 'unhealthy', 'unknown', 'deleting', 'archived'],
  unhealthy: ['unhealthy', 'creating', 'running', 'stopped', 'unknown', 'deleting', 'archived'],
  unknown: ['unknown', 'running', 'stopped', 'unhealthy', 'creating', 'deleting', 'archived'],
  deleting: ['deleting', 'unhealthy'],
  archived: ['archived', 'stopped', 'deleting'],
};

/** Whether a workspace may go from one state to the other. */
export function isLegalMove(from: WorkspaceStatus, to: WorkspaceStatus): boolean {
  return legalMoves[from].includes(to);
}

export interface WorkspaceMove {
  /** `as it is`: only the further columns change. */
  to: WorkspaceStatus | 'as it is';
  /** Absent: stays. */
  reason?: string | null;
  /** Moves only while the row still has this fence; absent for moves that a person asks for. */
  fence?: number;
  /** Moves only from one of these, as far as it is legal; absent: from every state from which it is legal. */
  from?: readonly WorkspaceStatus[];
  /** Further columns that change with the state. */
  set?: Partial<Omit<WorkspaceRow, 'id' | 'ownerId' | 'status' | 'statusReason' | 'statusSince' | 'createdAt' | 'changeSeq'>>;
}

/** A state that stays what it is keeps its age, even when its reason changes. */
function since(to: WorkspaceStatus) {
  return sql`case when ${workspaces.status} = ${to} then ${workspaces.statusSince} else now() end`;
}

/** Returns the row after the move, or null when the row is gone, fenced off, or in a state from which the move is not legal. */
export async function moveWorkspace(db: DatabaseOrTransaction, workspaceId: string, move: WorkspaceMove): Promise<WorkspaceRow | null> {
  const { to } = move;
  const from = workspaceStatuses.filter((status) => (to === 'as it is' || isLegalMove(status, to)) && (move.from?.includes(status) ?? true));
  const [row] = await db
    .update(workspaces)
    .set({
      ...move.set,
      ...(to !== 'as it is' && { status: to, statusSince: since(to) }),
      ...(move.reason !== undefined && { statusReason: maskTokens(move.reason) }),
    })
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
