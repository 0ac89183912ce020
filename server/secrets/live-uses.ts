import { inArray, type SQL, sql, type SQLWrapper } from 'drizzle-orm';
import { isFinal, runStatuses } from '@/contract/run';
import { runs, secretUses } from '@/db/schema';

const live = runStatuses.filter((status) => !isFinal(status));

/** How many runs that are not final hold a version of this secret. */
export function liveRunsWith(secretId: SQLWrapper): SQL<number> {
  return sql<number>`(select count(distinct ${runs.id})::int from ${secretUses} join ${runs} on ${runs.id} = ${secretUses.runId} where ${secretUses.secretId} = ${secretId} and ${inArray(runs.status, live)})`;
}

/** True while this version is needed: by a run that is not final, or by a command (a clone, say) that is under way. */
export function isHeld(secretId: SQLWrapper, version: SQLWrapper): SQL<boolean> {
  return sql<boolean>`exists (select 1 from ${secretUses} left join ${runs} on ${runs.id} = ${secretUses.runId}
    where ${secretUses.secretId} = ${secretId} and ${secretUses.version} = ${version}
    and (${inArray(runs.status, live)} or (${secretUses.runId} is null and ${secretUses.endedAt} is null)))`;
}
