import { inArray, sql, type SQL } from 'drizzle-orm';
import { runs } from '@/db/schema';
import { liveRunStatuses } from '@/server/runs/run-status';

const inConversation = sql`one.workspace_id = runs.workspace_id and one.claude_session_id = runs.claude_session_id`;
const isLive = inArray(sql`one.status`, [...liveRunStatuses]);

/** Why no rule touches the conversation of a row of `runs`, in words; null where one may. Columns are named in full, or those of the inner query would be meant. */
export const sparedBecause: SQL<string | null> = sql<string | null>`case
  when exists (select from runs one where ${inConversation} and ${isLive}) then 'a run of the conversation is not over'
  when exists (select from runs one where ${inConversation} and one.kept_at is not null) then 'somebody keeps it'
  when exists (select from follow_ups f join runs one on one.id = f.run_id where f.status = 'waiting' and ${inConversation}) then 'a follow-up waits in it'
  when exists (select from review_comments c join runs one on one.id = c.run_id where c.sent_at is null and ${inConversation}) then 'comments on it are not sent yet'
end`;

/** When a run ended; of old rows that do not say it, when they were moved last. */
export const endOfRun: SQL<Date> = sql`coalesce(${runs.finishedAt}, ${runs.statusSince})`.mapWith(runs.statusSince) as SQL<Date>;
