import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TaskKind } from '@/contract/task';
import { database, rawDatabase } from '@/server/database';
import { enqueueRun, enqueueTask } from '@/server/queue/queue';
import { requestTask } from '@/server/workspaces/tasks/request-task';
import { brokenRows, recordMoves } from '@/tests/faults/life-cycle-invariants';
import { startTaskBench, type TaskBench } from '@/tests/setup/task-bench';
import { workspaceWithRun } from '@/tests/setup/test-people';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';
import { until } from '@/tests/setup/runtime-container';

/** The queue delivers at least once: a job that comes twice, late or after a newer one must do nothing that its task does not ask for any more. */
let bench: TaskBench;
let worker: TestWorker;
/** What the engine was asked to change, in order. */
let changes: string[] = [];

const changing: ReadonlySet<string> = new Set(['createContainer', 'startContainer', 'stopContainer', 'removeContainer', 'restartContainer', 'killContainer']);

beforeAll(async () => {
  bench = await startTaskBench();
  await recordMoves();
});
beforeEach(async () => {
  changes = [];
  bench.hook = (method) => void (changing.has(method) && changes.push(method));
  worker = await startTestWorker({ engine: bench.engine });
});
afterEach(async () => {
  await worker.stop();
  expect(await brokenRows()).toEqual([]);
});
afterAll(() => bench?.close());

const ask = async (workspaceId: string, kind: TaskKind) => (await requestTask({ workspaceId, kind, cause: 'person', requestedById: bench.owner.userId })) ?? '';
const deliver = (taskId: string, workspaceId: string) => enqueueTask(database(), { taskId, workspaceId, ownerId: bench.owner.userId, priority: 20, notBefore: null });

/** The queue has delivered everything that was sent to it. */
async function delivered(): Promise<void> {
  await until('the queue to be empty', async () => {
    const [row] = await rawDatabase()<{ open: number }[]>`select count(*)::int as open from pgboss.job where state < 'completed'`;
    return row?.open === 0;
  });
}

describe('D2-07 a job of a task', () => {
  it('that is delivered ten times, before and while its task is under way, is carried out once', async () => {
    const { id } = await bench.addWorkspace();
    let repeated = false;
    bench.hook = async (method) => {
      if (changing.has(method)) changes.push(method);
      if (method !== 'createContainer' || repeated) return;
      repeated = true;
      for (let time = 0; time < 5; time += 1) await deliver(taskId, id);
    };
    const taskId = await ask(id, 'start');
    for (let time = 0; time < 5; time += 1) await deliver(taskId, id);
    expect(await bench.finalTask(taskId)).toMatchObject({ status: 'succeeded', attempts: [{ outcome: 'succeeded' }] });
    await delivered();
    expect(repeated).toBe(true);
    expect(changes).toEqual(['createContainer', 'startContainer']);
    expect((await bench.task(taskId)).attempts).toHaveLength(1);
  });

  it('that comes after those of newer tasks changes nothing: the last word stays', async () => {
    const { id } = await bench.addWorkspace();
    const older = [await ask(id, 'start'), await ask(id, 'stop'), await ask(id, 'restart')];
    const last = await ask(id, 'stop');
    for (const taskId of [last, ...older.toReversed()]) await deliver(taskId, id);
    expect((await bench.finalTask(last)).status).toBe('succeeded');
    await delivered();
    const asked = changes.length;
    for (const taskId of older.toReversed()) await deliver(taskId, id);
    await delivered();
    expect(changes).toHaveLength(asked);
    expect(await bench.workspace(id)).toMatchObject({ status: 'stopped', desired: 'stopped' });
    for (const taskId of older) expect(['superseded', 'succeeded']).toContain((await bench.task(taskId)).status);
  });

  it('that comes long after its end, or after its workspace is gone, asks nothing of the engine', async () => {
    const [kept, gone] = [await bench.addWorkspace(), await bench.addWorkspace()];
    const tasks: [string, string][] = [[await ask(kept.id, 'start'), kept.id], [await ask(gone.id, 'start'), gone.id]];
    for (const [taskId] of tasks) await bench.finalTask(taskId);
    await bench.finalTask(await ask(gone.id, 'delete'));
    await delivered();
    const before = { changes: changes.length, row: await bench.workspace(kept.id) };
    for (const [taskId, workspaceId] of tasks) await deliver(taskId, workspaceId);
    await delivered();
    expect({ changes: changes.length, row: await bench.workspace(kept.id) }).toEqual(before);
    for (const [taskId] of tasks) expect((await bench.task(taskId)).attempts).toHaveLength(1);
  });

  it('that waits for its next try is not begun early by one that comes twice', async () => {
    const { id } = await bench.addWorkspace();
    let failures = 1;
    bench.hook = (method) => {
      if (method === 'startContainer' && failures-- > 0) throw new Error('The engine has refused it this once.');
    };
    const taskId = await ask(id, 'start');
    const paused = await bench.taskWhere(taskId, ({ status }) => status === 'retrying' || status === 'failed');
    expect(paused.status).toBe('retrying');
    for (let time = 0; time < 5; time += 1) await deliver(taskId, id);
    const { status, attempts } = await bench.finalTask(taskId);
    expect({ status, outcomes: attempts.map(({ outcome }) => outcome) }).toEqual({ status: 'succeeded', outcomes: ['failed', 'succeeded'] });
    expect(attempts[1]?.startedAt.getTime()).toBeGreaterThanOrEqual((paused.retryAt?.getTime() ?? Number.NaN) - 100);
  });
});

it('D2-07 a job of a run that has ended, delivered again and again, leaves the run as it is', async () => {
  const { runId } = await workspaceWithRun(database(), bench.owner);
  const read = () => rawDatabase()`select * from runs where id = ${runId}`;
  const before = await read();
  for (let time = 0; time < 5; time += 1) await enqueueRun(database(), { runId });
  await delivered();
  expect([...(await read())]).toEqual([...before]);
  expect(changes).toEqual([]);
});
