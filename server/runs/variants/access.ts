import { eq } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import { variantGroups, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import { mayUse } from '@/server/workspaces/access';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

export type VariantGroupRow = typeof variantGroups.$inferSelect;

declare const proof: unique symbol;

/** Proof that `actor` may see and decide between these variants. Only `requireVariantAccess` makes one. */
export interface VariantAccess {
  readonly actor: Actor;
  readonly group: VariantGroupRow;
  readonly workspace: WorkspaceRow;
  readonly [proof]: true;
}

/** Variants belong to their workspace: who may use the one may use the others. For everybody else they do not exist (`not_found`). */
export async function requireVariantAccess(actor: Actor, groupId: string): Promise<VariantAccess> {
  const [found] = await database()
    .select({ group: variantGroups, workspace: workspaces })
    .from(variantGroups)
    .innerJoin(workspaces, eq(workspaces.id, variantGroups.workspaceId))
    .where(eq(variantGroups.id, groupId));
  if (!found || !mayUse(actor, found.workspace)) throw new AnyonError('not_found', 'There are no such variants, or they are not yours.');
  return { actor, ...found } as VariantAccess;
}
