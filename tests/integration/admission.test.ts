import { readFileSync } from 'node:fs';
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { eq, inArray } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { runs, tasks, workspaceMetrics, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { readMachine } from '@/server/deployment/machine';
import { requireRunAccess } from '@/server/runs/access';
import { RunLine } from '@/server/runs/run-line';
import { getRun } from '@/server/runs/run-queries';
import { claimRun, moveRun, type RunRow } from '@/server/runs/run-status';
import { stopRun } from '@/server/runs/stop-run';
import { loadRoom } from '@/server/workspaces/admission/load-room';
import { countFitting, readCapacity } from '@/server/workspaces/admission/read-capacity';
import { addRun, addWorkspace } from '@/tests/setup/admission-rows';
import { GIB, give, given, MIB, useGivenMachine } from '@/tests/setup/given-machine';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';

/** Admission against a machine whose numbers the test gives; rows, queue, engine and CLI are real. The reserve is 2 GiB, the overcommit 2. */
let product: TestProduct;
let owner: Actor;
let other: Actor;

beforeAll(async () => {
  product = await startTestProduct();
  useGivenMachine();
  owner = await product.addUser('owner');
  other = await product.addUser('other');
});
beforeEach(() => give(24));
afterAll(async () => {
  await product?.close();
});

async function row(runId: string): Promise<RunRow> {
  const [found] = await database().select().from(runs).where(eq(runs.id, runId));
  if (!found) throw new Error('The run is gone.');
  return found;
}

/** A worker's part in this: it takes a run under a new fence and waits in the line. */
async function enter(line: RunLine, runId: string, signal: AbortSignal): Promise<RunRow | null> {
  const run = await claimRun(database(), runId);
  return run ? line.enter(run, signal) : null;
}

async function finish(runId: string, line: RunLine): Promise<void> {
  await moveRun(database(), runId, { to: 'failed', reason: null, set: { finishedAt: new Date() } });
  line.lookSoon();
}

async function until<T>(read: () => Promise<T>, done: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await read();
    if (done(value)) return value;
    await sleep(20);
  }
}

describe('N9 the line of runs', () => {
  let ending: AbortController;
  let line: RunLine;
  beforeEach(() => {
    ending = new AbortController();
    line = new RunLine();
  });
  afterEach(async () => {
    ending.abort();
    await database().delete(workspaces);
  });
  /** Waits in the line beside the test; what is rejected because the test is over is not looked at. */
  const wait = (runId: string, where = line): Promise<RunRow | null> => {
    const waiting = enter(where, runId, ending.signal);
    waiting.catch(() => {});
    return waiting;
  };
  const reasonOf = (runId: string) => until(() => row(runId), (run) => run.statusReason !== null);

  it('says what a run needs, what is free, who is ahead and what it waits for; and lists it with its place', async () => {
    give(5.2);
    const api = await addWorkspace(owner, 'api');
    const live = await addRun(owner, api, 4);
    await wait(live);
    expect((await row(live)).status).toBe('starting');
    const web = await addRun(owner, await addWorkspace(owner, 'web'), 1);
    const doc = await addRun(owner, await addWorkspace(owner, 'doc', { ownerId: other.userId }), 1);
    const [first, second] = [wait(web), wait(doc)];
    expect((await reasonOf(web)).statusReason).toBe('Waits for memory: it needs 2.0 GiB, 1.0 GiB are free. It starts when run #4 of api ends.');
    expect((await reasonOf(doc)).statusReason).toBe('Waits for memory: it needs 2.0 GiB, 1.0 GiB are free. 1 run is ahead of it; it starts when enough of the runs that are on have ended, or workspaces are stopped.');
    const view = await getRun(await requireRunAccess(owner, web));
    expect(view).toMatchObject({ status: 'queued', nextStep: expect.stringMatching(/^It starts by itself/) });

    const capacity = await readCapacity({ ...owner, role: 'admin' });
    expect(capacity.waiting).toMatchObject([
      { kind: 'run', id: web, workspaceName: 'web', position: 1, reason: view.statusReason, since: view.statusSince },
      { kind: 'run', id: doc, workspaceName: 'doc', position: 2 },
    ]);
    expect(capacity).toMatchObject({ workspacesRunning: 3, runsLive: 1, fitsMore: 0 });
    // Somebody else sees only their own, at the place that it really has.
    expect((await readCapacity(other)).waiting).toMatchObject([{ id: doc, position: 2 }]);

    await finish(live, line);
    expect((await first)?.status).toBe('starting');
    await finish(web, line);
    expect((await second)?.statusReason).toBeNull();
  });

  it('lets 50 runs that were asked for at once begin in their order, never more than fit, and each of them', async () => {
    give(2 + 50 * 0.0625 + 4 * 2);
    const ids: string[] = [];
    for (let index = 0; index < 50; index++) ids.push(await addRun(owner, await addWorkspace(owner, `w${index}`), 1));
    const begun: string[] = [];
    let most = 0;
    const claimed = await Promise.all(ids.map((id) => claimRun(database(), id)));
    const all = claimed.map(async (run, index) => {
      const id = ids[index] ?? '';
      if (run) await line.enter(run, ending.signal);
      begun.push(id);
      const room = await loadRoom(database(), given);
      expect(room.memory.committed).toBeLessThanOrEqual(room.memory.total - room.memory.reserve);
      most = Math.max(most, room.occupants.filter((occupant) => occupant.liveRuns.length > 0).length);
      await sleep(30);
      await finish(id, line);
    });
    await Promise.all(all);
    expect(begun).toEqual(ids);
    expect(most).toBe(4);
    const startedAt = new Map((await database().select().from(runs).where(inArray(runs.id, ids))).map((run) => [run.id, run.startedAt?.getTime() ?? 0]));
    const times = ids.map((id) => startedAt.get(id) ?? 0);
    expect(times).toEqual([...times].sort((one, two) => one - two));
  });

  it('never gives the same memory to two, though two workers decide at once', async () => {
    give(2 + 12 * 0.0625 + 3 * 2);
    const lines = [line, new RunLine()];
    const ids: string[] = [];
    for (let index = 0; index < 12; index++) ids.push(await addRun(owner, await addWorkspace(owner, `w${index}`), 1));
    ids.forEach((id, index) => void wait(id, lines[index % 2]));
    await until(() => database().select().from(runs), (rows) => rows.filter((run) => run.statusReason !== null).length === 9);
    expect((await database().select().from(runs)).filter((run) => run.status === 'starting').map(({ id }) => id).sort()).toEqual(ids.slice(0, 3).sort());
  });

  it('lets go of a run that is stopped while it waits, within two seconds', async () => {
    give(24, { available: 2.1 });
    const id = await addRun(owner, await addWorkspace(owner, 'api'), 1);
    const waiting = wait(id);
    await reasonOf(id);
    await stopRun(await requireRunAccess(owner, id));
    const since = Date.now();
    expect(await waiting).toBeNull();
    expect(Date.now() - since).toBeLessThan(4_000);
    expect(await row(id)).toMatchObject({ status: 'stopped', statusReason: 'Stopped by owner before it began.' });
  });

  it('loses nothing when the worker ends: the next one has the same line in the same order', async () => {
    give(5.2);
    const live = await addRun(owner, await addWorkspace(owner, 'api'), 1);
    await wait(live);
    const [first, second] = [await addRun(owner, await addWorkspace(owner, 'web'), 1), await addRun(owner, await addWorkspace(owner, 'doc'), 1)];
    void wait(second);
    void wait(first);
    await reasonOf(first);
    ending.abort();
    const next = new RunLine();
    ending = new AbortController();
    const [again, alsoAgain] = [wait(second, next), wait(first, next)];
    await until(() => readCapacity(owner), ({ waiting }) => waiting.map(({ id }) => id).join() === [first, second].join());
    await finish(live, next);
    expect((await alsoAgain)?.id).toBe(first);
    await finish(first, next);
    expect((await again)?.id).toBe(second);
  });

  it('fails at once what could never begin here, and says why', async () => {
    give(8);
    const id = await addRun(owner, await addWorkspace(owner, 'huge', { memoryBytes: 16 * GIB }), 1);
    expect(await wait(id)).toBeNull();
    expect(await row(id)).toMatchObject({
      status: 'failed',
      statusReason: 'This run can never start here: the limit of its workspace, 16.0 GiB, counts as 8.0 GiB, and this machine can give at most 6.0 GiB. Give the workspace less memory, then start the run again.',
      finishedAt: expect.any(Date),
    });
  });

  it.each<[string, (about: { workspaceId: string; busyId: string }) => Promise<unknown> | void]>([
    ['its workspace is given less memory', ({ workspaceId }) => database().update(workspaces).set({ memoryBytes: GIB }).where(eq(workspaces.id, workspaceId))],
    ['another workspace is stopped', ({ busyId }) => database().update(workspaces).set({ status: 'stopped', containerStatus: 'exited' }).where(eq(workspaces.id, busyId))],
    ['the machine has more', () => give(24)],
  ])('looks again within two seconds when %s', async (_name, change) => {
    give(4.7);
    const busyId = await addWorkspace(owner, 'busy', { memoryBytes: 2 * GIB });
    await database().insert(workspaceMetrics).values({ workspaceId: busyId, at: new Date(), cpus: 0, memoryBytes: GIB, memoryLimitBytes: 2 * GIB, pids: 1, networkReceivedBytes: 0, networkSentBytes: 0 });
    const workspaceId = await addWorkspace(owner, 'api');
    const id = await addRun(owner, workspaceId, 1);
    const waiting = wait(id);
    await reasonOf(id);
    const since = Date.now();
    await change({ workspaceId, busyId });
    expect((await waiting)?.status).toBe('starting');
    expect(Date.now() - since).toBeLessThan(4_000);
  });

  it('ends a run whose workspace is stopped while it waits, and keeps one whose workspace is away for a moment', async () => {
    give(24, { available: 2.1 });
    const workspaceId = await addWorkspace(owner, 'api');
    const id = await addRun(owner, workspaceId, 1);
    const waiting = wait(id);
    await reasonOf(id);
    await database().update(workspaces).set({ status: 'unknown' }).where(eq(workspaces.id, workspaceId));
    await until(() => row(id), (run) => run.statusReason === 'Waits for its workspace, which is unknown. It starts when the workspace runs.');
    await database().update(workspaces).set({ status: 'stopped' }).where(eq(workspaces.id, workspaceId));
    expect(await waiting).toBeNull();
    expect(await row(id)).toMatchObject({ status: 'interrupted', statusReason: 'The workspace was stopped before the run could begin. Start it, then start the run again.' });
  });

  it('waits for the disk as well', async () => {
    give(24, { diskAvailable: GIB / 2 });
    const id = await addRun(owner, await addWorkspace(owner, 'api'), 1);
    const waiting = wait(id);
    expect((await reasonOf(id)).statusReason).toMatch(/^Waits for disk space: 512 MiB are free and 1\.0 GiB are kept free\./);
    give(24);
    expect((await waiting)?.status).toBe('starting');
  });
});

describe('N9 what is counted', () => {
  afterEach(() => database().delete(workspaces));

  it('is read from the rows: live runs, readings of this minute, what starts; not what is stopped', async () => {
    const reading = (workspaceId: string, secondsAgo: number, memoryBytes: number) => ({ workspaceId, at: new Date(Date.now() - secondsAgo * 1_000), cpus: 0, memoryBytes, memoryLimitBytes: 4 * GIB, pids: 1, networkReceivedBytes: 0, networkSentBytes: 0 });
    const [idle, large, stale, before, working] = [await addWorkspace(owner, 'idle'), await addWorkspace(owner, 'large'), await addWorkspace(owner, 'stale'), await addWorkspace(owner, 'before', { containerStartedAt: new Date() }), await addWorkspace(owner, 'working')];
    await addWorkspace(owner, 'stopped', { status: 'stopped' });
    await addWorkspace(owner, 'archived', { status: 'archived' });
    const starting = await addWorkspace(owner, 'starting', { status: 'creating', containerId: null });
    const waiting = await addWorkspace(owner, 'waiting', { status: 'creating', containerId: null });
    await addWorkspace(owner, 'unhealthy but up', { status: 'unhealthy', containerStatus: 'running' });
    await addRun(owner, working, 7, { status: 'running', startedAt: new Date() });
    await addRun(owner, working, 8, { status: 'stopping', startedAt: new Date() });
    await addRun(owner, working, 9, { status: 'succeeded' });
    await database().insert(workspaceMetrics).values([reading(large, 30, 2 * GIB), reading(large, 5, GIB), reading(stale, 90, 3 * GIB), reading(before, 5, 3 * GIB), reading(idle, 1, 6 * MIB)]);
    const task = { workspaceName: 'x', ownerId: owner.userId, kind: 'start', cause: 'person', fence: 0, priority: 20, maxAttempts: 4 } as const;
    await database().insert(tasks).values([{ ...task, id: uuidv7(), workspaceId: starting, status: 'running' }, { ...task, id: uuidv7(), workspaceId: waiting, status: 'waiting' }]);

    const room = await loadRoom(database(), given);
    expect(new Map(room.occupants.map((occupant) => [occupant.workspaceName, [occupant.usedBytes, occupant.starting, occupant.liveRuns.map((run) => run.number)]]))).toEqual(
      new Map<string, unknown[]>([
        ['working', [null, false, [7, 8]]],
        ['idle', [6 * MIB, false, []]],
        ['large', [GIB, false, []]],
        ['stale', [null, false, []]],
        ['before', [null, false, []]],
        ['starting', [null, true, []]],
        ['unhealthy but up', [null, false, []]],
      ]),
    );
    expect(room.memory.committed).toBe(2 * GIB + 64 * MIB + GIB + 64 * MIB + 64 * MIB + 256 * MIB + 64 * MIB);
    expect((await loadRoom(database(), given, starting)).occupants.map(({ workspaceId }) => workspaceId)).not.toContain(starting);
  });

  it('leaves room for more, in figures', async () => {
    give(24);
    const free = await readCapacity(owner);
    expect(free.memory).toEqual({ total: 24 * GIB, reserve: 2 * GIB, committed: 0, free: 22 * GIB, available: 24 * GIB });
    expect(free.disk).toEqual({ total: 100 * GIB, reserve: GIB, used: 50 * GIB, free: 49 * GIB });
    expect(free.fitsMore).toBe(11);
    expect(await countFitting(16 * GIB)).toEqual({ fits: 2 });
  });

  it('is this machine, when no test is in its way', async () => {
    const states = (globalThis as Record<symbol, unknown>)[Symbol.for('anyon.process-state')] as Map<string, unknown>;
    const test = states.get('machine');
    states.delete('machine');
    try {
      const machine = await readMachine();
      const available = Number(/MemAvailable:\s+(\d+)/.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]) * 1024;
      expect(machine.memory.total).toBeLessThanOrEqual(os.totalmem());
      expect(Math.abs(machine.memory.available - Math.min(available, machine.memory.total))).toBeLessThan(2 * GIB);
      expect(machine.disk.available).toBeGreaterThan(0);
      expect(machine.disk.available).toBeLessThan(machine.disk.total);
    } finally {
      states.set('machine', test);
    }
  });
});
