import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { scheduleFieldsSchema, type ScheduleView } from '@/contract/schedule';
import type { WorkspaceStatus } from '@/contract/workspace';
import { runs, schedules, tasks, users, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { changeSchedule, createSchedule, listSchedules, removeSchedule, runScheduleNow, switchSchedule } from '@/server/runs/schedules/schedules';
import { startDueSchedules } from '@/server/runs/schedules/start-due-schedules';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { workspaceWithRun } from '@/tests/setup/test-people';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';

/** What becomes of a schedule's times, on the real database; no run is carried out here. */
let product: TestProduct;
let owner: Actor;
let other: Actor;
let workspaceId: string;

beforeAll(async () => {
  product = await startTestProduct();
  owner = await product.addUser('owner');
  other = await product.addUser('other');
  ({ workspaceId } = await workspaceWithRun(database(), owner));
});
beforeEach(async () => {
  await database().delete(schedules);
  await database().delete(runs);
  await database().delete(tasks);
  await setWorkspace('running', 'running');
});
afterAll(() => product?.close());

const MINUTE = 60_000;
const setWorkspace = (status: WorkspaceStatus, desired: 'running' | 'stopped') => database().update(workspaces).set({ status, desired }).where(eq(workspaces.id, workspaceId));
const started = () => database().select().from(runs);

function fields(changes: object = {}) {
  const { workspaceId: _, ...rest } = scheduleFieldsSchema.parse({ workspaceId, name: 'Every morning', prompt: 'Water the beds', pattern: '0 7 * * *', timezone: 'UTC', ...changes });
  return rest;
}

async function create(changes: object = {}): Promise<ScheduleView> {
  return createSchedule(await requireWorkspaceAccess(owner, workspaceId), fields(changes));
}

async function look(): Promise<ScheduleView> {
  const [schedule] = await listSchedules(owner);
  if (!schedule) throw new Error('There is no schedule.');
  return schedule;
}

/** A moment after its next time. */
async function whenItsTimeHasCome(): Promise<Date> {
  const { nextRunAt } = await look();
  return new Date((nextRunAt?.getTime() ?? 0) + 1_000);
}

describe('a schedule', () => {
  it('starts a run of its own conversation when its time has come, once, however often it is looked at', async () => {
    const schedule = await create({ model: 'sonnet', permissionMode: 'plan', maxTurns: 7, budgetUsd: 2.5 });
    await startDueSchedules();
    expect(await started()).toEqual([]);
    const then = await whenItsTimeHasCome();
    await Promise.all(Array.from({ length: 5 }, () => startDueSchedules(then)));
    const all = await started();
    expect(all).toHaveLength(1);
    expect(all[0]).toMatchObject({ prompt: 'Water the beds', model: 'sonnet', permissionMode: 'plan', maxTurns: 7, budgetUsd: 2.5, startedById: owner.userId, status: 'queued', resumesRunId: null });
    const after = await look();
    expect(after).toMatchObject({ id: schedule.id, dueSince: null, lastProblem: null, lastRun: { id: all[0]?.id } });
    expect(after.nextRunAt!.getTime() - schedule.nextRunAt!.getTime()).toBe(24 * 60 * MINUTE);
  });

  it('counts the times that passed while nobody looked once', async () => {
    await create({ pattern: '0 * * * *' });
    const then = new Date((await whenItsTimeHasCome()).getTime() + 10 * 60 * MINUTE);
    await startDueSchedules(then);
    await startDueSchedules(then);
    expect(await started()).toHaveLength(1);
    expect((await look()).nextRunAt!.getTime()).toBeGreaterThan(then.getTime());
  });

  it('leaves a time out while the run of the time before is on, and says so', async () => {
    await create();
    await startDueSchedules(await whenItsTimeHasCome());
    await startDueSchedules(await whenItsTimeHasCome());
    expect(await started()).toHaveLength(1);
    expect((await look()).lastProblem).toMatch(/^Left out: run #\d+, which it started before, was still on\.$/);
    await database().update(runs).set({ status: 'succeeded', finishedAt: new Date() });
    await startDueSchedules(await whenItsTimeHasCome());
    expect(await started()).toHaveLength(2);
    expect((await look()).lastProblem).toBeNull();
  });

  it('starts a stopped workspace first, and gives up after half an hour, in words', async () => {
    await create();
    await setWorkspace('stopped', 'stopped');
    const then = await whenItsTimeHasCome();
    await startDueSchedules(then);
    await startDueSchedules(then);
    expect((await database().select().from(tasks)).map(({ kind, status }) => [kind, status])).toEqual([['start', 'queued']]);
    expect(await started()).toEqual([]);
    expect((await look()).dueSince).not.toBeNull();
    await setWorkspace('running', 'running');
    await startDueSchedules(then);
    expect(await started()).toHaveLength(1);
    await database().update(runs).set({ status: 'succeeded' });

    await setWorkspace('unhealthy', 'running');
    const later = await whenItsTimeHasCome();
    await startDueSchedules(later);
    expect((await look()).dueSince).not.toBeNull();
    await startDueSchedules(new Date(later.getTime() + 31 * MINUTE));
    expect(await look()).toMatchObject({ dueSince: null, lastProblem: expect.stringMatching(/^The workspace was unhealthy for half an hour\./) as string });
    expect(await started()).toHaveLength(1);
  });

  it('leaves a stopped workspace alone where it was told to', async () => {
    await create({ startsWorkspace: false });
    await setWorkspace('stopped', 'stopped');
    await startDueSchedules(await whenItsTimeHasCome());
    expect(await database().select().from(tasks)).toEqual([]);
    expect(await look()).toMatchObject({ dueSince: null, lastProblem: 'The workspace was stopped. Start it, or let the schedule start it.' });
  });

  it('starts nothing in the name of somebody who is disabled', async () => {
    await create();
    await database().update(users).set({ disabledAt: new Date() }).where(eq(users.id, owner.userId));
    await startDueSchedules(await whenItsTimeHasCome());
    await database().update(users).set({ disabledAt: null }).where(eq(users.id, owner.userId));
    expect(await started()).toEqual([]);
    expect((await look()).lastProblem).toMatch(/disabled/);
  });

  it('can be run at once, switched off and on, changed and removed', async () => {
    const { id } = await create();
    await switchSchedule(owner, id, false);
    expect(await look()).toMatchObject({ enabled: false, nextRunAt: null });
    await startDueSchedules(new Date(Date.now() + 48 * 60 * MINUTE));
    expect(await started()).toEqual([]);
    await runScheduleNow(owner, id);
    await startDueSchedules();
    expect(await started()).toHaveLength(1);
    expect((await switchSchedule(owner, id, true)).nextRunAt).not.toBeNull();
    expect(await changeSchedule(owner, id, fields({ name: 'Every evening', pattern: '0 19 * * *' }))).toMatchObject({ name: 'Every evening', pattern: '0 19 * * *' });
    expect((await look()).nextRunAt!.getUTCHours()).toBe(19);
    await removeSchedule(owner, id);
    expect(await listSchedules(owner)).toEqual([]);
    expect(await started()).toHaveLength(1);
  });

  it('is nothing to others', async () => {
    const { id } = await create();
    expect(await listSchedules(other)).toEqual([]);
    for (const act of [() => removeSchedule(other, id), () => runScheduleNow(other, id), () => switchSchedule(other, id, false), () => changeSchedule(other, id, fields())]) {
      await expect(act()).rejects.toMatchObject({ kind: 'not_found' });
    }
  });

  it('takes no pattern that means nothing, and no secret', async () => {
    await expect(create({ pattern: 'often' })).rejects.toMatchObject({ kind: 'invalid' });
    await expect(create({ prompt: `Use ghp_${'a'.repeat(36)}` })).rejects.toMatchObject({ kind: 'invalid', message: expect.stringMatching(/holds one of your secrets/) as string });
    expect(await listSchedules(owner)).toEqual([]);
  });
});
