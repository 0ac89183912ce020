import { setTimeout as sleep } from 'node:timers/promises';
import { eq, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { uuidv7 } from 'uuidv7';
import { isFinalTask, type TaskKind } from '@/contract/task';
import type { WorkspaceStatus } from '@/contract/workspace';
import { tasks, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { Lead } from '@/server/queue/lead';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { deleteWorkspace } from '@/server/workspaces/delete-workspace';
import { restartWorkspace } from '@/server/workspaces/restart-workspace';
import { startWorkspace } from '@/server/workspaces/start-workspace';
import { stopWorkspace } from '@/server/workspaces/stop-workspace';
import { syncWorkspace } from '@/server/workspaces/sync-workspace';
import { requireTaskAccess } from '@/server/workspaces/tasks/access';
import { beginAttempt, endAttempt } from '@/server/workspaces/tasks/attempts';
import { cancelTask } from '@/server/workspaces/tasks/cancel-task';
import { fencedEngine } from '@/server/workspaces/tasks/fenced-engine';
import { openTaskOf, requestTask } from '@/server/workspaces/tasks/request-task';
import { retryTask } from '@/server/workspaces/tasks/retry-task';
import { LeadLostError, SupersededError } from '@/server/workspaces/tasks/superseded-error';
import { takeOverTasks } from '@/server/workspaces/tasks/take-over-tasks';
import { listTasks } from '@/server/workspaces/tasks/task-queries';
import { getWorkspace } from '@/server/workspaces/workspace-queries';
import { isLegalMove, moveWorkspace } from '@/server/workspaces/workspace-status';
import { recordMoves } from '@/tests/faults/life-cycle-invariants';
import { startTaskBench, type TaskBench } from '@/tests/setup/task-bench';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';

/** What may be asked of a workspace in the background, by whom, and what the rows then say. */
let bench: TaskBench;
let worker: TestWorker | null = null;

beforeAll(async () => {
  bench = await startTaskBench();
});
afterEach(async () => {
  bench.hook = null;
  await worker?.stop();
  worker = null;
  await database().delete(tasks); // what one test has asked for and left waiting is no load for the next
  await database().delete(workspaces);
});
afterAll(() => bench.close());

function ask(workspaceId: string, kind: TaskKind, cause: 'person' | 'recovery' | 'batch' = 'person'): Promise<string | null> {
  return requestTask({ workspaceId, kind, cause, requestedById: cause === 'recovery' ? null : bench.owner.userId });
}

const access = (id: string) => requireWorkspaceAccess(bench.owner, id);
const view = async (id: string) => getWorkspace(await access(id));

describe('asking for a task', () => {
  it('asks for nothing new when it is so already or being done', async () => {
    const stopped = await bench.addWorkspace();
    expect(await ask(stopped.id, 'stop')).toBeNull();
    const start = await ask(stopped.id, 'start');
    expect(await ask(stopped.id, 'start')).toBe(start);
    expect(await ask(stopped.id, 'restart')).toBe(start);
    expect(await ask(stopped.id, 'sync')).toBe(start);
    const running = await bench.addWorkspace({ status: 'running', desired: 'running' });
    expect(await ask(running.id, 'start')).toBeNull();
    const archived = await bench.addWorkspace({ status: 'archived' });
    expect(await ask(archived.id, 'archive')).toBeNull();
    expect(await ask(archived.id, 'stop')).toBeNull();
    await expect(ask(archived.id, 'start')).rejects.toThrow('This workspace is archived. Restore it first.');
  });

  it('by a person takes the place of what was asked before; by Anyon itself never', async () => {
    const { id, fence } = await bench.addWorkspace({ status: 'running', desired: 'running' });
    const stop = (await ask(id, 'stop')) ?? '';
    expect(await bench.workspace(id)).toMatchObject({ status: 'running', desired: 'stopped', statusReason: 'Stopping the container.', fence: fence + 1 });
    expect(await ask(id, 'restart', 'recovery')).toBeNull();
    const start = (await ask(id, 'start', 'batch')) ?? '';
    expect(await bench.task(stop)).toMatchObject({ status: 'superseded', statusReason: '"start" was asked for later and took its place.', finishedAt: expect.any(Date) });
    expect(await bench.task(start)).toMatchObject({ status: 'queued', cause: 'batch', fence: fence + 2 });
    expect(await bench.workspace(id)).toMatchObject({ status: 'creating', desired: 'running', statusReason: null });
    const remove = await ask(id, 'delete');
    expect((await openTaskOf(database(), id))?.id).toBe(remove);
    await expect(ask(id, 'start')).rejects.toThrow('This workspace is being deleted.');
    expect(await ask(id, 'delete')).toBe(remove);
  });

  it('of a workspace that is gone is refused', async () => {
    await expect(ask(uuidv7(), 'start')).rejects.toMatchObject({ kind: 'not_found' });
  });
});

describe('REL-09 an attempt', () => {
  const heldLead = (held: boolean): Lead => ({ isHeld: async () => held, announceEnd: async () => undefined, release: async () => {} });

  it('begins under a fence of its own, which ends everything that an earlier one may still do', async () => {
    const { id } = await bench.addWorkspace();
    const taskId = (await ask(id, 'start')) ?? '';
    const first = await beginAttempt(taskId);
    expect(first).toMatchObject({ number: 1, task: { status: 'running' } });
    expect(await beginAttempt(taskId)).toBeNull(); // it is in work
    const fence = first?.workspace.fence ?? -1;
    await takeOverTasks();
    const second = await beginAttempt(taskId);
    expect(second?.workspace.fence).toBeGreaterThan(fence);
    expect(await moveWorkspace(database(), id, { to: 'running', fence })).toBeNull();
    expect(first && (await endAttempt(first, { outcome: 'succeeded', message: null, task: { status: 'succeeded', reason: null } }))).toBe(false);
    expect(await bench.task(taskId)).toMatchObject({ status: 'running', attempts: [{ outcome: 'died' }, { outcome: 'running' }] });
  });

  it('that was overtaken, or whose worker lost the lead, changes nothing on the engine', async () => {
    const { id } = await bench.addWorkspace();
    const workspace = await bench.workspace(id);
    const called: string[] = [];
    bench.hook = (method) => void called.push(method);
    const network = { name: `${process.env['ANYON_INSTANCE']}-network-${id}`, labels: {}, bridge: 'an-test', pool: '10.213.0.0/16' };
    const changes = (lead: boolean) => {
      const engine = fencedEngine(bench.engine, heldLead(lead), workspace);
      return [
        () => engine.ensureImage('anyon-claude:latest'),
        () => engine.ensureNetwork(network),
        () => engine.removeNetwork(network.name),
        () => engine.createContainer({} as never),
        () => engine.startContainer('x'),
        () => engine.stopContainer('x', { graceSeconds: 1 }),
        () => engine.killContainer('x', 'SIGKILL'),
        () => engine.restartContainer('x', { graceSeconds: 1 }),
        () => engine.removeContainer('x'),
        () => engine.renameContainer('x', 'y'),
        () => engine.unpauseContainer('x'),
        () => engine.connectNetwork(network.name, 'x'),
        () => engine.updateLimits('x', { memoryBytes: 1, cpus: 1, pids: 1 }),
        () => engine.exec('x', { argv: ['true'] }),
        () => engine.execDetached('x', { argv: ['true'] }),
      ];
    };
    for (const change of changes(false)) await expect(change()).rejects.toThrow(LeadLostError);
    await ask(id, 'start'); // raises the fence
    for (const change of changes(true)) await expect(change()).rejects.toThrow(SupersededError);
    expect(called).toEqual([]);
    await fencedEngine(bench.engine, heldLead(false), workspace).inspectContainer('x'); // looking is free
    await fencedEngine(bench.engine, heldLead(true), await bench.workspace(id)).removeContainer('x');
    expect(called).toEqual(['inspectContainer', 'removeContainer']);
  });

  it('goes back into the queue without a mark against it when its worker ends in order', async () => {
    worker = await startTestWorker({ engine: bench.engine });
    const { id } = await bench.addWorkspace();
    bench.hook = async (method, args) => {
      if (method === 'startContainer') await sleep(60_000, undefined, { signal: args.find((argument) => argument instanceof AbortSignal) });
    };
    const taskId = (await ask(id, 'start')) ?? '';
    await bench.taskWhere(taskId, ({ status }) => status === 'running');
    await sleep(200);
    await worker.stop();
    expect(await bench.task(taskId)).toMatchObject({ status: 'queued', attempts: [{ outcome: 'waiting', message: 'The worker was ended; the next one goes on with it.' }] });
    bench.hook = null;
    worker = await startTestWorker({ engine: bench.engine });
    expect(await bench.finalTask(taskId)).toMatchObject({ status: 'succeeded', attempts: [{ outcome: 'waiting' }, { outcome: 'succeeded' }] });
  });
});

describe('REL-10 strikes', () => {
  it('are counted before the work begins; the third parks the task and spares the neighbours', async () => {
    const [poison, neighbour] = await Promise.all([bench.addWorkspace(), bench.addWorkspace()]);
    const [poisonTask, neighbourTask] = [(await ask(poison.id, 'start')) ?? '', (await ask(neighbour.id, 'start')) ?? ''];
    for (const strike of [1, 2, 3]) {
      await beginAttempt(poisonTask);
      if (strike === 1) await beginAttempt(neighbourTask);
      await takeOverTasks();
    }
    expect(await bench.task(poisonTask)).toMatchObject({ status: 'parked', statusReason: expect.stringMatching(/^The server ended 3 times in the middle of the task "start"/) });
    expect(await bench.workspace(poison.id)).toMatchObject({ status: 'unhealthy', statusReason: expect.stringMatching(/3 times/), lastErrorClass: 'other' });
    expect(await bench.task(neighbourTask)).toMatchObject({ status: 'queued', statusReason: expect.stringMatching(/1 of 3/) });
    worker = await startTestWorker({ engine: bench.engine });
    expect((await bench.finalTask(neighbourTask)).status).toBe('succeeded');
    const again = await retryTask(await requireTaskAccess(bench.owner, poisonTask));
    expect(again).toMatchObject({ kind: 'start', cause: 'person', requestedBy: 'owner' });
    expect((await bench.finalTask(again.id)).status).toBe('succeeded');
  });
});

describe('cancelling', () => {
  it('ends a start that waits, and the workspace is stopped', async () => {
    const { id } = await bench.addWorkspace();
    const taskId = (await ask(id, 'start')) ?? '';
    const cancelled = await cancelTask(await requireTaskAccess(bench.owner, taskId));
    expect(cancelled).toMatchObject({ status: 'cancelled', statusReason: 'Cancelled by owner.', nextStep: null });
    worker = await startTestWorker({ engine: bench.engine });
    await bench.finalTask((await openTaskOf(database(), id))?.id ?? null);
    expect(await bench.workspace(id)).toMatchObject({ status: 'stopped', desired: 'stopped' });
    await expect(cancelTask(await requireTaskAccess(bench.owner, taskId))).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('is for the owner and admins; for everybody else the task does not exist', async () => {
    const { id } = await bench.addWorkspace();
    const taskId = (await ask(id, 'start')) ?? '';
    const other = await bench.addUser('other');
    await expect(requireTaskAccess(other, taskId)).rejects.toMatchObject({ kind: 'not_found' });
    await expect(listTasks(other, { workspaceId: id, open: false, limit: 50 })).rejects.toMatchObject({ kind: 'not_found' });
    expect(await listTasks(other, { open: false, limit: 50 })).toEqual([]);
    const admin = await bench.addUser('admin', 'admin');
    expect((await listTasks(admin, { workspaceId: id, open: true, limit: 50 })).map((task) => task.id)).toEqual([taskId]);
  });
});

describe('D2-12 REL-24 Q1–Q3 fifty commands at once on one workspace', () => {
  it('leave every task final, every move legal and one container at most', async () => {
    worker = await startTestWorker({ engine: bench.engine });
    const seed = Number(process.env['ANYON_SEED'] ?? Date.now() % 1_000_000);
    process.stdout.write(`fifty commands: seed ${seed}\n`);
    const random = numbers(seed);
    await recordMoves();
    const { id } = await bench.addWorkspace();
    const verbs = [startWorkspace, stopWorkspace, restartWorkspace, syncWorkspace];
    const commands = Array.from({ length: 50 }, async () => {
      await sleep(random() * 400);
      await (verbs[Math.floor(random() * verbs.length)] ?? startWorkspace)(await access(id));
    });
    await Promise.all(commands);
    const last = (await stopWorkspace(await access(id))).task;
    if (last) await bench.finalTask(last.id);
    const rows = await database().select().from(tasks).where(eq(tasks.workspaceId, id));
    for (const row of rows) await bench.finalTask(row.id);
    const moves = await movesOf(id);
    const ends = await database().select().from(tasks).where(eq(tasks.workspaceId, id));
    expect(ends.every(({ status }) => isFinalTask(status))).toBe(true);
    expect(new Set(ends.map(({ status }) => status))).toEqual(new Set(['succeeded', 'superseded']));
    expect(moves.filter(([from, to]) => !isLegalMove(from, to))).toEqual([]);
    expect(moves.length).toBeGreaterThan(0);
    const containers = await bench.fake.listContainers({ 'anyon.workspace': id });
    expect(containers.length).toBeLessThanOrEqual(1);
    expect(await bench.workspace(id)).toMatchObject({ status: 'stopped', desired: 'stopped' });
    expect(containers.every(({ status }) => status === 'exited')).toBe(true);
    const late = Math.max(...ends.map((row) => (row.finishedAt?.getTime() ?? Number.NaN) - row.createdAt.getTime()));
    expect(late).toBeLessThan(15_000);
    await deleteWorkspace(await access(id));
  });
});

it('a person reads why something failed: AnyonError messages reach task and workspace unchanged', async () => {
  worker = await startTestWorker({ engine: bench.engine });
  const { id } = await bench.addWorkspace();
  bench.hook = (method) => {
    if (method === 'createContainer') throw new AnyonError('limit_reached', 'The disk that Docker writes to is full. Free some space and try again.');
  };
  const task = await bench.finalTask(await ask(id, 'start'));
  expect(task).toMatchObject({ status: 'failed', statusReason: 'The disk that Docker writes to is full. Free some space and try again.' });
  expect(await view(id)).toMatchObject({ status: 'unhealthy', statusReason: task.statusReason, lastError: { class: 'storage' }, nextStep: 'Start it again, or delete it.' });
});

/** Small and repeatable. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Every move of one workspace since `recordMoves`. */
async function movesOf(id: string): Promise<[WorkspaceStatus, WorkspaceStatus][]> {
  const rows = await database().execute<{ moved_from: WorkspaceStatus; moved_to: WorkspaceStatus }>(sql`select moved_from, moved_to from test_moves where workspace_id = ${id}`);
  return rows.map((row) => [row.moved_from, row.moved_to]);
}
