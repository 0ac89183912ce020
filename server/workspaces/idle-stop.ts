import { and, eq, isNotNull, lte, sql, type SQL } from 'drizzle-orm';
import { isFinal, runStatuses } from '@/contract/run';
import { workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { addTask, openTaskOf } from '@/server/workspaces/tasks/request-task';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

const live = sql.join(
  runStatuses.filter((status) => !isFinal(status) && status !== 'parked').map((status) => sql`${status}`),
  sql`, `,
);

/**
 * The one rule of idle stop, as SQL over a row of `workspaces`: when it is stopped because nobody uses it. Null when it is
 * not going to be: not running, no idle stop chosen, or a run is live (a parked one is not, it may wait for days), or the check of a variant is.
 * Use is what a person does with it (`last_used_at`), a run until its end or until it was parked, and becoming ready: a long set-up is no idleness. Columns are named in full, for Drizzle leaves the
 * table out where there is only one, and then those of the inner query are meant.
 */
export const idleStopAt: SQL<Date | null> = sql`case
  when workspaces.status <> 'running' or workspaces.desired <> 'running' or workspaces.idle_stop_minutes is null then null
  when exists (select from runs where runs.workspace_id = workspaces.id and runs.status in (${live})) then null
  when exists (select from variant_groups g join run_variants v on v.group_id = g.id where g.workspace_id = workspaces.id and v.check_state = 'running') then null
  else greatest(
    workspaces.last_used_at,
    workspaces.status_since,
    (select max(runs.status_since) from runs where runs.workspace_id = workspaces.id and runs.status = 'parked'),
    (select max(runs.finished_at) from runs where runs.workspace_id = workspaces.id)
  ) + make_interval(mins => workspaces.idle_stop_minutes)
end`.mapWith(workspaces.statusSince);

/** Asks for a stop of every workspace whose time has come; returns their ids. Safe to repeat: one with a task under way is left alone. */
export async function stopIdleWorkspaces(): Promise<string[]> {
  const due = await database()
    .select({ id: workspaces.id })
    .from(workspaces)
    .where(and(isNotNull(workspaces.idleStopMinutes), lte(idleStopAt, sql`now()`)));
  const asked: string[] = [];
  for (const { id } of due) if (await stopIfStillIdle(id)) asked.push(id);
  return asked;
}

/** Starting a run locks the row as well. The rule is asked in a second statement, for the first one may have waited and sees the runs of before. */
async function stopIfStillIdle(id: string): Promise<boolean> {
  return database().transaction(async (transaction) => {
    const [workspace] = await transaction.select().from(workspaces).where(eq(workspaces.id, id)).for('update');
    if (!workspace || (await openTaskOf(transaction, id))) return false;
    const idle = await transaction
      .select({ id: workspaces.id })
      .from(workspaces)
      .where(and(eq(workspaces.id, id), lte(idleStopAt, sql`now()`)));
    if (idle.length === 0) return false;
    await addTask(transaction, workspace, { workspaceId: id, kind: 'stop', cause: 'idle', requestedById: null, reason: `Nobody has used it for ${idleTime(workspace)}; it is being stopped.` });
    return true;
  });
}

/** Said of a workspace that was stopped by this rule. */
export function idleStopReason(workspace: Pick<WorkspaceRow, 'idleStopMinutes'>): string {
  return `Stopped because nobody used it for ${idleTime(workspace)}.`;
}

function idleTime({ idleStopMinutes }: Pick<WorkspaceRow, 'idleStopMinutes'>): string {
  if (idleStopMinutes === null) return 'a while'; // it was switched off a moment ago
  return idleStopMinutes >= 120 && idleStopMinutes % 60 === 0 ? `${idleStopMinutes / 60} hours` : `${idleStopMinutes} minutes`;
}
