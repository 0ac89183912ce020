import { inArray } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tasks } from '@/db/schema';
import { isFinalTask } from '@/contract/task';
import { database } from '@/server/database';
import { requestTask } from '@/server/workspaces/tasks/request-task';
import { whole } from '@/tests/faults/extent';
import { brokenRows, recordMoves } from '@/tests/faults/life-cycle-invariants';
import { startTaskBench, type TaskBench } from '@/tests/setup/task-bench';
import { until } from '@/tests/setup/runtime-container';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';

/** Two hundred starts in one moment, on an engine in memory each of whose calls takes a while; the real one has fifty (many-at-once.test.ts). */
const MANY = 200;
const CALL_MS = 20;
const MOST_AT_ONCE = 4;
const ALL_WITHIN_MS = 480_000;
/** Somebody else's start beside them: they are behind nobody but themselves. */
const NEIGHBOUR_WITHIN_MS = 20_000;

const changing: ReadonlySet<string> = new Set(['ensureNetwork', 'createContainer', 'startContainer']);

let bench: TaskBench;
let worker: TestWorker;

describe.runIf(whole)('D2-13 200 workspaces asked for at once', () => {
  beforeAll(async () => {
    bench = await startTaskBench({ ANYON_MEMORY_RESERVE_BYTES: '1' });
    await recordMoves();
    worker = await startTestWorker({ engine: bench.engine });
  });
  afterAll(async () => {
    await worker?.stop();
    await bench?.close();
  });

  it('all come, four calls at a time at most, and nobody else waits behind them', async () => {
    let [now, most] = [0, 0];
    bench.hook = async (method) => {
      if (!changing.has(method)) return;
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, CALL_MS));
      now--;
    };
    const start = async (id: string) => (await requestTask({ workspaceId: id, kind: 'start', cause: 'person', requestedById: bench.owner.userId })) ?? '';
    const neighbour = await bench.addUser('neighbour');
    const rows = await Promise.all(Array.from({ length: MANY }, () => bench.addWorkspace({ memoryBytes: 16 * 1024 ** 2 })));
    const begun = performance.now();
    const ids = await Promise.all(rows.map(({ id }) => start(id)));
    const askedMs = performance.now() - begun;

    const theirs = await bench.addWorkspace({ ownerId: neighbour.userId, memoryBytes: 16 * 1024 ** 2 });
    const asked = performance.now();
    const theirTask = await start(theirs.id);
    expect((await bench.finalTask(theirTask)).status).toBe('succeeded');
    const waitedMs = performance.now() - asked;

    const ends = () => database().select({ status: tasks.status }).from(tasks).where(inArray(tasks.id, ids));
    await until('all of them', async () => (await ends()).every(({ status }) => isFinalTask(status)), ALL_WITHIN_MS);
    console.info(`${MANY} asked for in ${askedMs.toFixed(0)} ms, there after ${((performance.now() - begun) / 1_000).toFixed(1)} s, at most ${most} calls at once; a neighbour waited ${waitedMs.toFixed(0)} ms`);
    expect(new Set((await ends()).map(({ status }) => status))).toEqual(new Set(['succeeded']));
    expect(most).toBeLessThanOrEqual(MOST_AT_ONCE);
    expect(waitedMs).toBeLessThan(NEIGHBOUR_WITHIN_MS);
    expect((await bench.fake.listContainers({})).length).toBe(MANY + 1);
    expect(await brokenRows()).toEqual([]);
  });
});
