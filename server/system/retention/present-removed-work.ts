import { gt, sql } from 'drizzle-orm';
import { removedWorkspaces } from '@/db/schema';
import { database } from '@/server/database';
import type { PresentThing } from '@/server/system/retention/choose-removals';
import { isBeingRestored } from '@/server/workspaces/checkpoints/sweep-removed-work';

/** Kept work of deleted workspaces whose days are not over. */
export async function presentRemovedWork(): Promise<PresentThing[]> {
  const { id, name, bytes, removedAt } = removedWorkspaces;
  const rows = await database().select({ id, name, bytes, endedAt: removedAt, restoring: sql<boolean>`${isBeingRestored}` }).from(removedWorkspaces).where(gt(removedWorkspaces.keptUntil, sql`now()`));
  return rows.map(({ restoring, ...row }) => ({ ...row, link: '/workspaces/deleted', items: 1, spared: restoring ? 'it is being brought back' : null, waitsFor: null }));
}
