import { and, asc, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { Actor } from '@/contract/actor';
import type { MaskedText } from '@/contract/masked-text';
import { scheduleViewSchema, type ScheduleFields, type ScheduleView } from '@/contract/schedule';
import { runs, schedules, users, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import { assertPattern, nextTime } from '@/server/runs/schedules/pattern';
import { personMasker } from '@/server/secrets/person-masker';
import { mayUse, type WorkspaceAccess } from '@/server/workspaces/access';

export type ScheduleRow = typeof schedules.$inferSelect;

/** A person's schedules (all, for admins) by name. */
export async function listSchedules(actor: Actor): Promise<ScheduleView[]> {
  const rows = await selectSchedules()
    .where(actor.role === 'admin' ? undefined : eq(workspaces.ownerId, actor.userId))
    .orderBy(asc(schedules.name), asc(schedules.id));
  return rows.map(toView);
}

/** Makes a schedule, switched on. Throws `invalid` for a pattern that means nothing or comes too often. */
export async function createSchedule(access: WorkspaceAccess, fields: Omit<ScheduleFields, 'workspaceId'>): Promise<ScheduleView> {
  const id = uuidv7();
  const ownerId = access.actor.userId;
  await database()
    .insert(schedules)
    .values({ ...(await columnsOf({ ownerId }, fields)), id, ownerId, workspaceId: access.workspace.id, nextRunAt: nextTime(fields.pattern, fields.timezone, new Date()) });
  return viewOf(id);
}

/** Puts these fields in place of all that it had. Its next time is counted from now. */
export async function changeSchedule(actor: Actor, scheduleId: string, fields: Omit<ScheduleFields, 'workspaceId'>): Promise<ScheduleView> {
  const row = await requireSchedule(actor, scheduleId);
  const nextRunAt = row.enabled ? nextTime(fields.pattern, fields.timezone, new Date()) : null;
  await database()
    .update(schedules)
    .set({ ...(await columnsOf(row, fields)), nextRunAt })
    .where(eq(schedules.id, row.id));
  return viewOf(row.id);
}

/** Switches it on or off. What was due is forgotten; switched on, it comes at its next time. */
export async function switchSchedule(actor: Actor, scheduleId: string, enabled: boolean): Promise<ScheduleView> {
  const row = await requireSchedule(actor, scheduleId);
  const nextRunAt = enabled ? nextTime(row.pattern, row.timezone, new Date()) : null;
  await database().update(schedules).set({ enabled, nextRunAt, dueSince: null, lastProblem: null }).where(eq(schedules.id, row.id));
  return viewOf(row.id);
}

/** Makes it due at once, beside its times; also one that is switched off. */
export async function runScheduleNow(actor: Actor, scheduleId: string): Promise<ScheduleView> {
  const row = await requireSchedule(actor, scheduleId);
  await database().update(schedules).set({ dueSince: row.dueSince ?? new Date(), lastProblem: null }).where(eq(schedules.id, row.id));
  return viewOf(row.id);
}

/** Removes it. Runs that it has started stay. */
export async function removeSchedule(actor: Actor, scheduleId: string): Promise<{ scheduleId: string }> {
  const row = await requireSchedule(actor, scheduleId);
  await database().delete(schedules).where(eq(schedules.id, row.id));
  return { scheduleId };
}

/** Who may use its workspace may do with it what they like; for everybody else it does not exist. */
async function requireSchedule(actor: Actor, scheduleId: string): Promise<ScheduleRow> {
  const [found] = await database().select({ row: schedules, workspace: workspaces }).from(schedules).innerJoin(workspaces, eq(workspaces.id, schedules.workspaceId)).where(eq(schedules.id, scheduleId));
  if (!found || !mayUse(actor, found.workspace)) throw new AnyonError('not_found', 'There is no such schedule, or it is not yours.');
  return found.row;
}

async function columnsOf({ ownerId }: Pick<ScheduleRow, 'ownerId'>, { name, prompt, ...fields }: Omit<ScheduleFields, 'workspaceId'>) {
  assertPattern(fields.pattern, fields.timezone);
  return {
    ...fields,
    name: await assertNoSecret(ownerId, 'name', name),
    prompt: await assertNoSecret(ownerId, 'prompt', prompt),
    model: fields.model ?? null,
    permissionMode: fields.permissionMode ?? 'bypassPermissions',
    maxTurns: fields.maxTurns ?? null,
    budgetUsd: fields.budgetUsd ?? null,
  } as const;
}

/** A schedule keeps its words for good, so a secret has no place in them. */
async function assertNoSecret(ownerId: string, what: 'name' | 'prompt', text: string): Promise<MaskedText> {
  const masked = (await personMasker(ownerId)).maskText(text);
  if (masked !== text) throw new AnyonError('invalid', `The ${what} holds one of your secrets. Take it out: runs find your secrets as files, by their names (Settings → Secrets).`);
  return masked;
}

function selectSchedules() {
  return database()
    .select({ row: schedules, workspace: { id: workspaces.id, name: workspaces.name }, owner: { id: users.id, login: users.login }, lastRun: { id: runs.id, number: runs.number, at: runs.createdAt } })
    .from(schedules)
    .innerJoin(workspaces, eq(workspaces.id, schedules.workspaceId))
    .innerJoin(users, eq(users.id, schedules.ownerId))
    .leftJoin(runs, and(eq(runs.id, schedules.lastRunId), eq(runs.workspaceId, schedules.workspaceId)));
}

async function viewOf(id: string): Promise<ScheduleView> {
  const [found] = await selectSchedules().where(eq(schedules.id, id));
  if (!found) throw new AnyonError('not_found', 'This schedule has been removed.');
  return toView(found);
}

function toView({ row, workspace, owner, lastRun }: Awaited<ReturnType<typeof selectSchedules>>[number]): ScheduleView {
  return scheduleViewSchema.parse({ ...row, workspace, owner, lastRun });
}
