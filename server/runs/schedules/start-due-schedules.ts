import { randomUUID } from 'node:crypto';
import { and, asc, eq, isNotNull, isNull, lte, sql } from 'drizzle-orm';
import { isFinal } from '@/contract/run';
import { runs, schedules, users, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { describeError, isAnyonError } from '@/server/errors';
import { log } from '@/server/log';
import { nextTime } from '@/server/runs/schedules/pattern';
import type { ScheduleRow } from '@/server/runs/schedules/schedules';
import { assertMayBegin, branchOf, holdWorkspace, insertRun, prepareRun } from '@/server/runs/start-run';
import { maskTokens } from '@/server/secrets/masked-text';
import { requestTask } from '@/server/workspaces/tasks/request-task';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

/** A workspace that has not come up by then will not for this time. */
const GIVE_UP_AFTER_MS = 30 * 60_000;

interface DueSchedule {
  schedule: ScheduleRow;
  workspace: WorkspaceRow;
  ownerDisabled: boolean;
}

/**
 * Makes runs of the schedules whose time has come. A time counts once, however often this is called or killed: the row says that it is
 * due, and becomes not due in the transaction that writes the run. Times that passed while Anyon was down count once together.
 */
export async function startDueSchedules(now = new Date()): Promise<void> {
  await noteTimes(now);
  for (const due of await dueSchedules()) {
    try {
      await startOne(due, now);
    } catch (error) {
      if (isAnyonError(error) && error.kind !== 'unavailable' && error.kind !== 'internal') await settle(due.schedule, error.message);
      else log().warn({ scheduleId: due.schedule.id, reason: describeError(error) }, 'schedules: cannot be started at this moment, trying again');
    }
  }
}

/** Whose time has come is due from now on, and gets its next time. */
async function noteTimes(now: Date): Promise<void> {
  const rows = await database().select().from(schedules).where(and(eq(schedules.enabled, true), lte(schedules.nextRunAt, now)));
  for (const { id, nextRunAt, pattern, timezone } of rows) {
    await database()
      .update(schedules)
      .set({ nextRunAt: nextTime(pattern, timezone, now), dueSince: sql`coalesce(${schedules.dueSince}, ${nextRunAt?.toISOString()}::timestamptz)` })
      .where(and(eq(schedules.id, id), eq(schedules.enabled, true), nextRunAt ? eq(schedules.nextRunAt, nextRunAt) : isNull(schedules.nextRunAt)));
  }
}

async function dueSchedules(): Promise<DueSchedule[]> {
  const rows = await database()
    .select({ schedule: schedules, workspace: workspaces, disabledAt: users.disabledAt })
    .from(schedules)
    .innerJoin(workspaces, eq(workspaces.id, schedules.workspaceId))
    .innerJoin(users, eq(users.id, schedules.ownerId))
    .where(isNotNull(schedules.dueSince))
    .orderBy(asc(schedules.dueSince), asc(schedules.id));
  return rows.map(({ disabledAt, ...row }) => ({ ...row, ownerDisabled: disabledAt !== null }));
}

async function startOne({ schedule, workspace, ownerDisabled }: DueSchedule, now: Date): Promise<void> {
  const dueSince = schedule.dueSince ?? now;
  if (ownerDisabled) return settle(schedule, 'Its owner is disabled, and nothing starts in their name.');
  const busy = await runThatIsOn(schedule);
  if (busy !== null) return settle(schedule, `Left out: run #${busy}, which it started before, was still on.`);
  if (workspace.status !== 'running') {
    if (now.getTime() - dueSince.getTime() > GIVE_UP_AFTER_MS) return settle(schedule, `The workspace was ${workspace.status} for half an hour. ${workspace.statusReason ?? ''}`.trim());
    return bringUp(schedule, workspace);
  }
  await assertMayBegin(workspace);
  await start(schedule);
}

/** The number of the run that it started last, while that one is on. */
async function runThatIsOn({ lastRunId }: ScheduleRow): Promise<number | null> {
  if (!lastRunId) return null;
  const [run] = await database().select({ number: runs.number, status: runs.status }).from(runs).where(eq(runs.id, lastRunId));
  return run && !isFinal(run.status) ? run.number : null;
}

async function bringUp(schedule: ScheduleRow, workspace: WorkspaceRow): Promise<void> {
  if (workspace.status !== 'stopped') return; // it is being made, or recovery has it in hand
  if (!schedule.startsWorkspace) return settle(schedule, 'The workspace was stopped. Start it, or let the schedule start it.');
  await requestTask({ workspaceId: workspace.id, kind: 'start', cause: 'run', requestedById: schedule.ownerId });
}

async function start(schedule: ScheduleRow): Promise<void> {
  const prepared = await prepareRun(schedule.ownerId, schedule.prompt);
  await database().transaction(async (transaction) => {
    await holdWorkspace(transaction, schedule.workspaceId);
    const [taken] = await transaction
      .update(schedules)
      .set({ dueSince: null, lastProblem: null })
      .where(and(eq(schedules.id, schedule.id), isNotNull(schedules.dueSince)))
      .returning();
    if (!taken) return;
    await insertRun(transaction, schedule.workspaceId, prepared, (number) => ({ ...pickSettings(taken), branch: branchOf(prepared.id, number), claudeSessionId: randomUUID() }));
    await transaction.update(schedules).set({ lastRunId: prepared.id }).where(eq(schedules.id, schedule.id));
  });
}

function pickSettings({ model, permissionMode, maxTurns, budgetUsd }: ScheduleRow) {
  return { model, permissionMode, maxTurns, budgetUsd };
}

async function settle({ id }: ScheduleRow, problem: string): Promise<void> {
  await database().update(schedules).set({ dueSince: null, lastProblem: maskTokens(problem) }).where(eq(schedules.id, id));
}
