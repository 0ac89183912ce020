import { eq, sql, type SQL } from 'drizzle-orm';
import type { VariantMark } from '@/contract/variant-mark';
import { runVariants, variantGroups } from '@/db/schema';
import { database } from '@/server/database';

/** Which variant a row of `runs` belongs to, as JSON; null for an ordinary run. Columns are named in full, or those of the inner query would be meant. */
export const variantMark: SQL<VariantMark | null> = sql<VariantMark | null>`(
  select json_build_object(
    'groupId', v.group_id,
    'position', v.position,
    'of', (select count(*) from run_variants other where other.group_id = v.group_id),
    'isChosen', g.chosen_run_id is not distinct from v.run_id,
    'isArchived', v.archived_at is not null
  )
  from run_variants v join variant_groups g on g.id = v.group_id
  where v.claude_session_id = runs.claude_session_id and g.workspace_id = runs.workspace_id
)`;

/** True for a row of `runs` that belongs to a variant that was put out of the way. */
export const isArchivedRun: SQL = sql`exists (
  select from run_variants v where v.claude_session_id = runs.claude_session_id and v.archived_at is not null
)`;

/** The variants of a group with it, in their order. */
export function selectVariants(groupId: string) {
  return database().select({ variant: runVariants, group: variantGroups }).from(runVariants).innerJoin(variantGroups, eq(variantGroups.id, runVariants.groupId)).where(eq(runVariants.groupId, groupId)).orderBy(runVariants.position);
}
