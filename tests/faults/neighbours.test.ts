import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import type { ContainerSpec } from '@/server/containers/engine';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';
import { requestTask } from '@/server/workspaces/tasks/request-task';
import { whole } from '@/tests/faults/extent';
import { brokenRows, recordMoves } from '@/tests/faults/life-cycle-invariants';
import { startTaskBench, type TaskBench } from '@/tests/setup/task-bench';
import { until } from '@/tests/setup/runtime-container';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';

/** Q8: what goes wrong with the workspaces of one person does not make another one wait. Real queue and rows, an engine in memory that fails for the one alone. `npm test` leaves out failures that return. */
const STARTS = whole ? 20 : 10;
const FAULTY = 8;
/** What a look of the queue and a busy machine take, on top of twice the usual. */
const SLACK_MS = 1_500;

let bench: TaskBench;
let worker: TestWorker;
let unlucky: Actor;
let neighbour: Actor;
/** Until it resolves, calls hang. */
let opened = Promise.withResolvers<void>();

beforeAll(async () => {
  bench = await startTaskBench();
  await recordMoves();
  [unlucky, neighbour] = [await bench.addUser('unlucky'), await bench.addUser('neighbour')];
  worker = await startTestWorker({ engine: bench.engine });
});
afterAll(async () => {
  await worker?.stop();
  await bench?.close();
});

const start = async (owner: Actor, workspaceId: string) => (await requestTask({ workspaceId, kind: 'start', cause: 'person', requestedById: owner.userId })) ?? '';

/** How long one start after the other takes from the word to its end: the p95. */
async function p95OfNeighbour(): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < STARTS; index += 1) {
    const { id } = await bench.addWorkspace({ ownerId: neighbour.userId });
    const asked = performance.now();
    expect((await bench.finalTask(await start(neighbour, id))).status).toBe('succeeded');
    times.push(performance.now() - asked);
  }
  return times.toSorted((one, other) => one - other)[Math.floor(STARTS * 0.95)] ?? Number.NaN;
}

describe('Q8 D2-04 D2-09 the p95 of one person’s starts is at most doubled', () => {
  const faults: [string, () => Promise<void>][] = [
    ['hang', () => opened.promise],
    ['fail again and again', () => Promise.reject(new AnyonError('unavailable', 'Could not create the container: Docker did not answer within 30 s.'))],
  ];
  it.each(whole ? faults : faults.slice(0, 1))(`by ${FAULTY} of another’s that %s`, async (_what, fault) => {
    opened = Promise.withResolvers<void>();
    const alone = await p95OfNeighbour();
    const faulty = await Promise.all(Array.from({ length: FAULTY }, () => bench.addWorkspace({ ownerId: unlucky.userId })));
    let struck = 0;
    bench.hook = (method, [argument]) => {
      if (method !== 'createContainer' || !faulty.some(({ id }) => (argument as ContainerSpec).name.includes(id))) return undefined;
      struck += 1;
      return fault();
    };
    const taskIds = await Promise.all(faulty.map(({ id }) => start(unlucky, id)));
    await until('the faults to come', () => struck >= env().ANYON_WORKERS);
    const beside = await p95OfNeighbour();
    console.info(`p95 alone ${alone.toFixed(0)} ms, beside faults that ${_what} ${beside.toFixed(0)} ms`);
    expect(beside).toBeLessThan(2 * alone + SLACK_MS);
    bench.hook = null;
    opened.resolve();
    for (const id of taskIds) expect((await bench.finalTask(id)).status).toBe('succeeded');
    expect(await brokenRows()).toEqual([]);
  });
});
