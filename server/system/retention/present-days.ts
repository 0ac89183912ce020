import { sql, type SQL, type SQLWrapper } from 'drizzle-orm';
import { openTaskStatuses } from '@/contract/task';
import { rawDatabase } from '@/server/database';
import type { PresentThing } from '@/server/system/retention/choose-removals';

interface Day {
  day: string;
  items: string | number;
  bytes: string | number;
}

/** The audit log, one thing for each day. */
export async function presentAudit(): Promise<PresentThing[]> {
  const days = await rawDatabase()<Day[]>`
    select to_char(at at time zone 'UTC', 'YYYY-MM-DD') as day, count(*) as items, sum(pg_column_size(entry.*)) as bytes from audit_events entry group by 1 order by 1`;
  return days.map((day) => toThing(day, '/settings?tab=audit'));
}

/** Tasks that are over, except the last of each workspace, and batches, one thing for each day. */
export async function presentTasks(): Promise<PresentThing[]> {
  const raw = rawDatabase();
  const days = await raw<Day[]>`
    select to_char(ended at time zone 'UTC', 'YYYY-MM-DD') as day, count(*) as items, sum(bytes) as bytes from (
      select coalesce(task.finished_at, task.status_since) as ended, pg_column_size(task.*) + coalesce((select sum(pg_column_size(attempt.*)) from task_attempts attempt where attempt.task_id = task.id), 0) as bytes
      from tasks task where task.status not in ${raw([...openTaskStatuses])} and exists (select from tasks later where later.workspace_id = task.workspace_id and later.created_at > task.created_at)
      union all
      select batch.finished_at, pg_column_size(batch.*) + coalesce((select sum(pg_column_size(item.*)) from batch_items item where item.batch_id = batch.id), 0)
      from batches batch where batch.finished_at is not null
    ) over_and_done group by 1 order by 1`;
  return days.map((day) => toThing(day, '/system?tab=tasks'));
}

function toThing({ day, items, bytes }: Day, link: string): PresentThing {
  return { id: day, name: day, link, endedAt: new Date(`${day}T23:59:59.999Z`), items: Number(items), bytes: Number(bytes), spared: null, waitsFor: null };
}

/** A day as a condition on a moment. */
export function isOnDay(moment: SQLWrapper, day: string): SQL {
  return sql`${moment} >= (${day}::date)::timestamp at time zone 'UTC' and ${moment} < (${day}::date + 1)::timestamp at time zone 'UTC'`;
}
