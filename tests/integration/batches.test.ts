import { mkdirSync } from 'node:fs';
import { and, eq, inArray } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import type { BatchWithItems, StartBatchInput } from '@/contract/batch';
import { batchItems, tasks, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { workspaceFilesDir } from '@/server/deployment/paths';
import { AnyonError } from '@/server/errors';
import { requireBatchAccess } from '@/server/workspaces/batches/access';
import { listBatches } from '@/server/workspaces/batches/batch-queries';
import { runBatches } from '@/server/workspaces/batches/batch-runner';
import { retryFailed } from '@/server/workspaces/batches/retry-batch';
import { startBatch } from '@/server/workspaces/batches/start-batch';
import { stopBatch } from '@/server/workspaces/batches/stop-batch';
import { requestTask } from '@/server/workspaces/tasks/request-task';
import { containerName } from '@/server/workspaces/workspace-container';
import { workByScript, type ScriptedEnd } from '@/tests/fakes/scripted-tasks';
import { addWorkspaces, isOver, readBatch, startedBatch, untilBatch } from '@/tests/setup/batch-bench';
import { startTaskBench, type TaskBench } from '@/tests/setup/task-bench';
import { startTestWorker } from '@/tests/setup/test-worker';

/** Batches on the real Postgres, with the product's own tasks; a script says how each task ends. */
let bench: TaskBench;
let owner: Actor;
let other: Actor;
let admin: Actor;
let cleanUp: (() => Promise<void>)[] = [];

/** Faster than for real, else every test would be seconds of pauses. */
const pace = { atOnce: 4, apartMs: 2 };
const good: ScriptedEnd = { ok: true };

beforeAll(async () => {
  bench = await startTaskBench({ ANYON_BUNDLE_KEEP_DAYS: '0' }); // an engine in memory cannot make bundles
});
beforeEach(async () => {
  const suffix = uuidv7().slice(-8);
  [owner, other, admin] = [await bench.addUser(`owner-${suffix}`), await bench.addUser(`other-${suffix}`), await bench.addUser(`admin-${suffix}`, 'admin')];
});
afterEach(async () => {
  for (const end of cleanUp.reverse()) await end();
  cleanUp = [];
  await database().delete(tasks);
  await database().delete(workspaces); // what ran in one test takes memory from the next
});
afterAll(async () => {
  await bench?.close();
});

/** Runs batches until the function that it returns is called, or the test is over. */
function startRunner(): () => Promise<void> {
  const ending = new AbortController();
  const over = runBatches(ending.signal, pace);
  const stop = async () => {
    ending.abort();
    await over;
  };
  cleanUp.push(stop);
  return stop;
}

function startWorker(script: Parameters<typeof workByScript>[0], atOnce = 8): void {
  cleanUp.push(workByScript(script, { atOnce }));
}

const read = (batchId: string, actor = owner): Promise<BatchWithItems> => readBatch(actor, batchId);
const until = (batchId: string, done: (batch: BatchWithItems) => boolean): Promise<BatchWithItems> => untilBatch(owner, batchId, done);

describe('N8 a batch', () => {
  it('B5 answers at once for 200 workspaces and ends with a result for each', async () => {
    const ids = await addWorkspaces(200, owner);
    await startedBatch(owner, 'stop', ids.slice(0, 1)); // opens the connections
    const asked = performance.now();
    const batchId = await startedBatch(owner, 'start', ids);
    expect(performance.now() - asked).toBeLessThan(300);
    expect((await read(batchId)).counts).toMatchObject({ total: 200, pending: 200 });
    // Every tenth fails in one way, every seventh in another: never the same three times in a row.
    const place = new Map(ids.map((id, index) => [id, index]));
    startWorker(({ workspaceId }) => {
      const index = place.get(workspaceId) ?? 0;
      if (index % 10 === 0) return { ok: false, errorClass: 'other', message: `Number ${index} is not well.` };
      return index % 7 === 0 ? { ok: false, errorClass: 'storage', message: 'The disk is full.' } : good;
    });
    startRunner();
    const batch = await until(batchId, isOver);
    const failing = ids.filter((_, index) => index % 10 === 0 || index % 7 === 0);
    expect(batch).toMatchObject({ status: 'done', statusReason: `${failing.length} failed; retry only those when the reason is gone.`, requestedBy: owner.login });
    expect(batch.counts).toEqual({ total: 200, pending: 0, working: 0, succeeded: 200 - failing.length, failed: failing.length, skipped: 0, cancelled: 0 });
    expect(batch.items.map((item) => item.workspaceId)).toEqual(ids);
    expect(batch.items[10]).toMatchObject({ status: 'failed', reason: 'Number 10 is not well.' });
    for (const item of batch.items) expect(item.finishedAt?.getTime()).toBeGreaterThanOrEqual(item.startedAt?.getTime() ?? Number.NaN);
    expect(await database().select({ id: tasks.id }).from(tasks).where(eq(tasks.batchId, batchId))).toHaveLength(200);
  });

  it('never has more under way than its pace allows', async () => {
    const ids = await addWorkspaces(50, owner);
    let most = 0;
    startWorker(async () => {
      const working = await database().select({ id: batchItems.workspaceId }).from(batchItems).where(eq(batchItems.status, 'working'));
      most = Math.max(most, working.length);
      return good;
    });
    const batchId = await startedBatch(owner, 'start', ids);
    startRunner();
    expect((await until(batchId, isOver)).counts.succeeded).toBe(50);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(pace.atOnce);
  });

  it('skips what is so already and what is gone, and names what cannot be', async () => {
    const [running = '', gone = '', stopped = ''] = [...(await addWorkspaces(1, owner, 'running')), ...(await addWorkspaces(2, owner))];
    const [archived = ''] = await addWorkspaces(1, owner, 'archived');
    const batchId = await startedBatch(owner, 'start', [running, gone, stopped, archived]);
    await database().delete(workspaces).where(eq(workspaces.id, gone));
    startWorker(() => good);
    startRunner();
    const { items, status } = await until(batchId, isOver);
    expect(status).toBe('done');
    expect(items.map((item) => [item.status, item.reason])).toEqual([
      ['skipped', 'It was running already.'],
      ['skipped', 'It had been deleted already.'],
      ['succeeded', null],
      ['failed', 'This workspace is archived. Restore it first.'],
    ]);
  });

  it('goes on in the middle when its worker was killed, and asks for nothing twice', async () => {
    const ids = await addWorkspaces(60, owner);
    const batchId = await startedBatch(owner, 'start', ids);
    startWorker(() => good);
    for (let restarts = 0; restarts < 6; restarts++) {
      const stop = startRunner();
      await until(batchId, (batch) => batch.counts.pending <= 50 - restarts * 8 || isOver(batch));
      await stop();
      // What a kill between two writes leaves behind: an item that was taken, and its task asked for, but not noted.
      const [torn] = await database().select().from(batchItems).where(and(eq(batchItems.batchId, batchId), inArray(batchItems.status, ['working', 'succeeded']))).limit(1);
      if (torn) await database().update(batchItems).set({ status: 'working', taskId: null, finishedAt: null }).where(and(eq(batchItems.batchId, batchId), eq(batchItems.position, torn.position)));
      // And an item that was taken, but its task not asked for.
      const [untouched] = await database().select().from(batchItems).where(and(eq(batchItems.batchId, batchId), eq(batchItems.status, 'pending'))).limit(1);
      if (untouched) await database().update(batchItems).set({ status: 'working' }).where(and(eq(batchItems.batchId, batchId), eq(batchItems.position, untouched.position)));
    }
    startRunner();
    const batch = await until(batchId, isOver);
    expect(batch.counts).toMatchObject({ succeeded: 60, failed: 0, skipped: 0 });
    const asked = await database().select({ workspaceId: tasks.workspaceId }).from(tasks).where(eq(tasks.batchId, batchId));
    expect(asked.map(({ workspaceId }) => workspaceId).sort()).toEqual([...ids].sort());
  });

  it('gives way to what a person asks later, before and during its turn', async () => {
    const [first = '', second = '', third = ''] = await addWorkspaces(3, owner, 'running');
    const batchId = await startedBatch(owner, 'restart', [first, second, third]);
    const person = { cause: 'person', requestedById: owner.userId } as const;
    await requestTask({ ...person, workspaceId: second, kind: 'stop' }); // before its turn
    let letGo = false;
    startWorker(async (task) => (task.workspaceId === first && task.kind === 'restart' && !letGo ? null : good));
    startRunner();
    await until(batchId, (batch) => batch.items[0]?.taskId != null);
    await requestTask({ ...person, workspaceId: first, kind: 'stop' }); // in the middle of it
    letGo = true;
    const { items } = await until(batchId, isOver);
    expect(items[0]).toMatchObject({ status: 'skipped', reason: expect.stringContaining('"stop" was asked for later') });
    expect(items[1]).toMatchObject({ status: 'skipped', reason: `"stop" was asked for later by ${owner.login}, and that goes first.`, taskId: null });
    expect(items[2]).toMatchObject({ status: 'succeeded' });
    const left = await database().select({ id: workspaces.id, desired: workspaces.desired }).from(workspaces).where(inArray(workspaces.id, [first, second, third]));
    expect(new Map(left.map(({ id, desired }) => [id, desired]))).toEqual(new Map([[first, 'stopped'], [second, 'stopped'], [third, 'running']]));
  });

  it('breaks off after three refused sign-ins in a row, brings what is under way to its end and cancels the rest', async () => {
    const ids = await addWorkspaces(100, owner);
    const place = new Map(ids.map((id, index) => [id, index]));
    startWorker(({ workspaceId }) => ((place.get(workspaceId) ?? 0) < 20 ? good : { ok: false, errorClass: 'authentication', message: 'The access token was revoked.' }));
    const batchId = await startedBatch(owner, 'start', ids);
    startRunner();
    const batch = await until(batchId, isOver);
    expect(batch.status).toBe('broken');
    expect(batch.statusReason).toBe('Broken off after 3 failures in a row for the same reason: signing in was refused. The last said: The access token was revoked.');
    expect(batch.counts).toMatchObject({ succeeded: 20, pending: 0, working: 0 });
    expect(batch.counts.failed).toBeGreaterThanOrEqual(3);
    expect(batch.counts.failed).toBeLessThanOrEqual(3 + pace.atOnce);
    expect(batch.counts.cancelled).toBe(80 - batch.counts.failed);
    expect(batch.items.at(-1)).toMatchObject({ status: 'cancelled', reason: expect.stringContaining('broken off'), startedAt: null });
  });

  it('is stopped by a person: what is under way ends, the rest is cancelled; and retries only what failed or was cancelled', async () => {
    const ids = await addWorkspaces(40, owner);
    const place = new Map(ids.map((id, index) => [id, index]));
    let ill = true;
    let open = false;
    startWorker(({ workspaceId }) => {
      const index = place.get(workspaceId) ?? 0;
      if (index >= 10 && !open) return null;
      return ill && index % 5 === 0 ? { ok: false, errorClass: 'other', message: 'It is ill.' } : good;
    });
    const batchId = await startedBatch(owner, 'start', ids);
    startRunner();
    await until(batchId, (batch) => batch.counts.succeeded === 8 && batch.counts.failed === 2 && batch.counts.working === pace.atOnce);
    await expect(retryFailed(await requireBatchAccess(owner, batchId))).rejects.toMatchObject({ kind: 'conflict' });
    const stopped = await stopBatch(await requireBatchAccess(owner, batchId));
    expect(stopped).toMatchObject({ status: 'stopped', finishedAt: null, counts: { succeeded: 8, failed: 2, working: 4, cancelled: 26 } });
    open = true;
    const batch = await until(batchId, isOver);
    expect(batch).toMatchObject({ status: 'stopped', statusReason: `Stopped by ${owner.login}; what was under way was brought to its end.`, counts: { succeeded: 11, failed: 3, working: 0, cancelled: 26 } });

    ill = false;
    const retry = await until((await retryFailed(await requireBatchAccess(owner, batchId))).batchId, isOver);
    expect(retry).toMatchObject({ retryOfId: batchId, status: 'done', statusReason: null, counts: { total: 29, succeeded: 29 } });
    expect(retry.items.map((item) => item.workspaceId)).toEqual(batch.items.filter((item) => item.status !== 'succeeded').map((item) => item.workspaceId));
    await expect(retryFailed(await requireBatchAccess(owner, retry.id))).rejects.toMatchObject({ kind: 'precondition' });
  });
});

describe('N8 a batch in the product’s own worker, with an engine in memory', () => {
  it('starts 50, names each that failed, retries those, and deletes all of them', async () => {
    const worker = await startTestWorker({ engine: bench.engine });
    cleanUp.push(() => worker.stop());
    startRunner();
    const ids = await addWorkspaces(50, owner);
    for (const id of ids) mkdirSync(workspaceFilesDir(id), { recursive: true }); // cloned before, as the rows say
    const ill = new Set(ids.filter((_, index) => index % 7 === 3).map((id) => containerName(id)));
    bench.hook = (method, [spec]) => {
      const name = method === 'createContainer' ? (spec as { name: string }).name : '';
      if (ill.has(name)) throw new AnyonError('precondition', 'The image is not on this machine.');
    };
    cleanUp.push(async () => void (bench.hook = null));
    const started = await until(await startedBatch(owner, 'start', ids), isOver);
    expect(started).toMatchObject({ status: 'done', counts: { total: 50, succeeded: 43, failed: 7 } });
    expect(started.items[3]).toMatchObject({ status: 'failed', reason: 'The image is not on this machine.' });
    const rows = await database().select().from(workspaces).where(inArray(workspaces.id, ids));
    expect(rows.filter((row) => row.status === 'running')).toHaveLength(43);
    ill.clear();
    const retried = await until((await retryFailed(await requireBatchAccess(owner, started.id))).batchId, isOver);
    expect(retried).toMatchObject({ status: 'done', counts: { total: 7, succeeded: 7 } });
    const deleted = await until(await startedBatch(owner, 'delete', ids), isOver);
    expect(deleted).toMatchObject({ status: 'done', counts: { total: 50, succeeded: 50 } });
    expect(await database().select().from(workspaces).where(inArray(workspaces.id, ids))).toEqual([]);
  });
});

describe('N8 a batch is for the workspaces of who asks', () => {
  const filter = (conditions: Extract<StartBatchInput['selection'], { filter: unknown }>['filter']): StartBatchInput => ({ action: 'stop', selection: { filter: conditions } });

  it('and nothing is done when one of the ids is somebody else’s or was never given out', async () => {
    const [mine = ''] = await addWorkspaces(1, owner);
    const [theirs = ''] = await addWorkspaces(1, other);
    for (const foreign of [theirs, uuidv7()]) {
      await expect(startedBatch(owner, 'delete', [mine, foreign])).rejects.toMatchObject({ kind: 'not_found', message: 'One of these workspaces does not exist, or is not yours.' });
    }
    expect(await listBatches(owner)).toEqual([]);
    expect((await read(await startedBatch(admin, 'stop', [mine, theirs]), admin)).items).toHaveLength(2);
  });

  it('by filter: every condition must hold, and only among those the actor may use', async () => {
    const name = `only-${uuidv7().slice(-8)}`;
    const stopped = await addWorkspaces(2, owner, 'stopped', `${name}_a`);
    await addWorkspaces(1, owner, 'running', `${name}_b`);
    const theirs = await addWorkspaces(1, other, 'stopped', `${name}_a`);
    const chosen = async (actor: Actor, input: StartBatchInput) => (await read((await startBatch(actor, input)).batchId, actor)).items.map((item) => item.workspaceId);
    expect(await chosen(owner, filter({ status: ['stopped'], name: `${name.toUpperCase()}_A` }))).toEqual(stopped);
    expect(await chosen(admin, filter({ status: ['stopped'], name: `${name}_a` }))).toEqual([...stopped, ...theirs]);
    expect(await chosen(admin, filter({ ownerId: other.userId }))).toEqual(theirs);
    await expect(startBatch(owner, filter({ ownerId: other.userId }))).rejects.toMatchObject({ kind: 'precondition' });
    await expect(startBatch(owner, filter({ name: `${name}%a` }))).rejects.toMatchObject({ kind: 'precondition' });
  });

  it('and nobody else sees it, but admins', async () => {
    const batchId = await startedBatch(owner, 'stop', await addWorkspaces(1, owner));
    await expect(requireBatchAccess(other, batchId)).rejects.toMatchObject({ kind: 'not_found' });
    expect((await listBatches(other)).map(({ id }) => id)).not.toContain(batchId);
    expect((await listBatches(owner)).map(({ id }) => id)).toEqual([batchId]);
    expect((await listBatches(admin)).map(({ id }) => id)).toContain(batchId);
  });

  it('as it is when it is retried: an admin who is none any more reaches nobody’s workspaces', async () => {
    const batchId = await startedBatch(admin, 'start', await addWorkspaces(1, owner));
    await stopBatch(await requireBatchAccess(admin, batchId));
    const demoted: Actor = { ...admin, role: 'member' };
    await expect(retryFailed(await requireBatchAccess(demoted, batchId))).rejects.toMatchObject({ kind: 'not_found' });
  });
});
