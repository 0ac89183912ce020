import { eq, sql } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import { builtOnce } from '@/db/built-once';
import { workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

declare const proof: unique symbol;

/** Proof that `actor` may use this workspace. Only `requireWorkspaceAccess` makes one. */
export interface WorkspaceAccess {
  readonly actor: Actor;
  readonly workspace: WorkspaceRow;
  readonly [proof]: true;
}

const workspaceRow = builtOnce('workspace_row', (db) => db.select().from(workspaces).where(eq(workspaces.id, sql.placeholder('workspaceId'))));

/**
 * The owner and admins may use a workspace. For everybody else it does not exist: the same `not_found` as for an id that
 * was never given out, so that ids cannot be probed.
 */
export async function requireWorkspaceAccess(actor: Actor, workspaceId: string): Promise<WorkspaceAccess> {
  const [workspace] = await workspaceRow(database()).execute({ workspaceId });
  if (!workspace || !mayUse(actor, workspace)) {
    throw new AnyonError('not_found', 'There is no such workspace, or it is not yours.');
  }
  return { actor, workspace } as WorkspaceAccess;
}

/** The one rule about who may use a workspace. */
export function mayUse(actor: Pick<Actor, 'userId' | 'role'>, workspace: Pick<WorkspaceRow, 'ownerId'>): boolean {
  return actor.role === 'admin' || workspace.ownerId === actor.userId;
}
