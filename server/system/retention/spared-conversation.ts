import { inArray, sql, type SQL } from 'drizzle-orm';
import { runs } from '@/db/schema';
import { liveRunStatuses } from '@/server/runs/run-status';

/** Sets that are made once, and not a question for each row: there may be tens of thousands. */
const isIn = (conversations: SQL) => sql`(runs.workspace_id, runs.claude_session_id) in (select one.workspace_id, one.claude_session_id from ${conversations})`;
const live = sql`runs one where ${inArray(sql`one.status`, [...liveRunStatuses])}`;
const kept = sql`runs one where one.kept_at is not null`;
const withFollowUp = sql`follow_ups f join runs one on one.id = f.run_id where f.status = 'waiting'`;
const withComment = sql`review_comments c join runs one on one.id = c.run_id where c.sent_at is null`;

/** Why no rule touches the conversation of a row of `runs`, in words; null where one may. Columns are named in full, or those of the inner query would be meant. */
export const sparedBecause: SQL<string | null> = sql<string | null>`case
  when ${isIn(live)} then 'a run of the conversation is not over'
  when ${isIn(kept)} then 'somebody keeps it'
  when ${isIn(withFollowUp)} then 'a follow-up waits in it'
  when ${isIn(withComment)} then 'comments on it are not sent yet'
end`;

/** When a run ended; of old rows that do not say it, when they were moved last. */
export const endOfRun: SQL<Date> = sql`coalesce(${runs.finishedAt}, ${runs.statusSince})`.mapWith(runs.statusSince) as SQL<Date>;
