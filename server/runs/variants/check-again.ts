import { and, eq, inArray, isNull, not, sql } from 'drizzle-orm';
import type { VariantGroup } from '@/contract/variant';
import { runVariants } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { VariantAccess } from '@/server/runs/variants/access';
import { readVariants } from '@/server/runs/variants/read-variants';

const isAway = sql`exists (select from worktree_places p where p.first_run_id = run_variants.run_id and p.state <> 'there')`;
const over = ['passed', 'failed', 'timed_out', 'could_not_run'] as const;

/** Has the check of a variant done once more. Throws `conflict` unless the last one is over, the variant is open and its files are in their place. */
export async function checkAgain(access: VariantAccess, runId: string): Promise<VariantGroup> {
  const asked = await database()
    .update(runVariants)
    .set({ checkState: 'waiting', checkSince: sql`now()`, checkRunId: null, checkReason: null, checkLost: 0 })
    .where(and(eq(runVariants.runId, runId), eq(runVariants.groupId, access.group.id), inArray(runVariants.checkState, over), isNull(runVariants.archivedAt), not(isAway)))
    .returning({ runId: runVariants.runId });
  if (asked.length === 0) throw new AnyonError('conflict', 'There is no check of this variant that could be done again now: it is under way, the variant is archived, or its files were put away.');
  return readVariants(access);
}
