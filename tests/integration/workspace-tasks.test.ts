import { setTimeout as sleep } from 'node:timers/promises';
import { eq, sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { uuidv7 } from 'uuidv7';
import type { Actor } from '@/contract/actor';
import { isFinalTask, type TaskKind } from '@/contract/task';
import { createWorkspaceInput, type WorkspaceStatus } from '@/contract/workspace';
import { engineState, tasks, workspaceMetrics, workspaces } from '@/db/schema';
import { createDockerEngine } from '@/server/containers/docker-engine';
import { database, rawDatabase } from '@/server/database';
import { AnyonError } from '@/server/errors';
import { closeSender } from '@/server/queue/queue';
import type { Lead } from '@/server/queue/lead';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { createWorkspace } from '@/server/workspaces/create-workspace';
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
import { getWorkspace, listWorkspaces, workspacesQuery } from '@/server/workspaces/workspace-queries';
import { workspaceContainerSpec } from '@/server/workspaces/workspace-container';
import { isLegalMove, moveWorkspace, type WorkspaceRow } from '@/server/workspaces/workspace-status';
import { answerJson, openStubDocker } from '@/tests/fakes/stub-docker';
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
  const heldLead = (held: boolean): Lead => ({ isHeld: async () => held, release: async () => {} });

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

describe('REL-12 B3 a start finds a container that is there already', () => {
  const own = (id: string) => bench.fake.listContainers({ 'anyon.workspace': id });
  const containerOf = async (id: string) => (await own(id)).at(0) ?? expect.fail('there is no container');
  const done = async (id: string, kind: TaskKind) => expect(await bench.finalTask(await ask(id, kind))).toMatchObject({ status: 'succeeded' });
  const change = (id: string, values: Partial<WorkspaceRow>) => database().update(workspaces).set(values).where(eq(workspaces.id, id));

  async function started(): Promise<string> {
    worker ??= await startTestWorker({ engine: bench.engine });
    const { id } = await bench.addWorkspace();
    await done(id, 'start');
    return id;
  }

  it('made from the same specification: takes it, with the limits that the row has by now', async () => {
    const id = await started();
    const before = await containerOf(id);
    await done(id, 'stop');
    await change(id, { memoryBytes: 1024 ** 3, cpus: 2 });
    await done(id, 'start');
    expect(await containerOf(id)).toMatchObject({ id: before.id, status: 'running', limits: { memoryBytes: 1024 ** 3, cpus: 2 } });
  });

  it('made from another image or egress: makes it anew', async () => {
    const id = await started();
    const first = await containerOf(id);
    bench.fake.images.add('other:2');
    await change(id, { image: 'other:2' });
    expect(await view(id)).toMatchObject({ restartNeeded: true });
    await done(id, 'restart');
    const second = await containerOf(id);
    expect(second).toMatchObject({ image: 'other:2', status: 'running' });
    expect(second.id).not.toBe(first.id);
    expect(await own(id)).toHaveLength(1);
    expect(await bench.workspace(id)).toMatchObject({ containerId: second.id, containerImage: 'other:2' });
    await change(id, { egressLevel: 'none' });
    expect(await view(id)).toMatchObject({ restartNeeded: true });
    await done(id, 'restart');
    expect((await containerOf(id)).id).not.toBe(second.id);
    expect(await view(id)).toMatchObject({ restartNeeded: false });
  });

  it('renamed, and a copy of it: takes ours back under its name and removes the copy', async () => {
    const id = await started();
    const { id: containerId, name, labels } = await containerOf(id);
    await done(id, 'stop');
    await bench.fake.renameContainer(containerId, `${name}-elsewhere`);
    const copy = await bench.fake.createContainer({ ...workspaceContainerSpec(await bench.workspace(id)), name: `${name}-copy`, labels });
    await done(id, 'start');
    expect((await own(id)).map((container) => [container.id, container.name])).toEqual([[containerId, name]]);
    expect(await bench.fake.inspectContainer(copy)).toBeNull();
  });

  it('of the same name that is not ours: leaves it alone and says so', async () => {
    worker = await startTestWorker({ engine: bench.engine });
    const { id } = await bench.addWorkspace();
    const spec = workspaceContainerSpec(await bench.workspace(id));
    await bench.fake.ensureNetwork({ name: spec.network, labels: spec.labels, bridge: 'an-test', pool: '10.213.0.0/16' });
    const foreign = await bench.fake.createContainer({ ...spec, labels: {} });
    expect(await bench.finalTask(await ask(id, 'start'))).toMatchObject({ status: 'failed', statusReason: expect.stringMatching(/exists already and was not made by Anyon/) });
    expect(await bench.fake.inspectContainer(foreign)).not.toBeNull();
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

describe('REL-24 Q1–Q3 fifty commands at once on one workspace', () => {
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

describe('B1 creating', () => {
  const input = createWorkspaceInput.parse({ repositoryUrl: 'https://github.com/owner/repository' });
  const count = () => database().$count(workspaces);
  afterEach(() => bench.takeEngine(bench.engine));

  async function timed(create: () => Promise<unknown>): Promise<{ ms: number; error: unknown }> {
    const began = performance.now();
    const error: unknown = await create().then(
      () => null,
      (thrown: unknown) => thrown,
    );
    return { ms: performance.now() - began, error };
  }

  it('answers in less than 3 s with the row, while the container is made in the background; also when the queue is asked for the first time', async () => {
    await closeSender();
    const { ms, error } = await timed(async () => {
      const created = await createWorkspace(bench.owner, input);
      expect(created).toMatchObject({ status: 'creating', desired: 'running', task: { kind: 'create', status: 'queued' }, nextStep: 'It waits for its turn. It is ready when the checklist is done.' });
    });
    expect(error).toBeNull();
    expect(ms).toBeLessThan(3_000);
  });

  it('answers in less than 3 s when the engine accepts and never answers, and leaves nothing behind', async () => {
    const stub = await openStubDocker(() => {});
    bench.takeEngine(createDockerEngine({ host: stub.host, dataDir: bench.dataDir, instance: 'stub' }));
    const before = await count();
    const { ms, error } = await timed(() => createWorkspace(bench.owner, input));
    await stub.close();
    expect(error).toMatchObject({ kind: 'unavailable', message: expect.stringMatching(/^Failed to fetch Docker version/) });
    expect(ms).toBeLessThan(3_000);
    expect(await count()).toBe(before);
  });

  it('is refused at once when the engine is down', async () => {
    bench.takeEngine(createDockerEngine({ host: 'unix:///nowhere/docker.sock', dataDir: bench.dataDir, instance: 'stub' }));
    const before = await count();
    const { ms, error } = await timed(() => createWorkspace(bench.owner, input));
    expect(error).toMatchObject({ kind: 'unavailable', message: expect.stringMatching(/^Failed to fetch Docker version/) });
    expect(ms).toBeLessThan(1_000);
    expect(await count()).toBe(before);
  });

  it('answers also when the engine falls silent right after the question', async () => {
    const stub = await openStubDocker((request, response) => {
      if (request.url?.includes('version')) answerJson(response, 200, { Version: '20.10.24', ApiVersion: '1.41', Os: 'linux', Arch: 'amd64' });
    });
    bench.takeEngine(createDockerEngine({ host: stub.host, dataDir: bench.dataDir, instance: 'stub' }));
    const { ms, error } = await timed(() => createWorkspace(bench.owner, input));
    await stub.close();
    expect(error).toBeNull();
    expect(ms).toBeLessThan(3_000);
  });
});

describe('B4 what a view says', () => {
  it('has the task, the error, the reading, when it was confirmed and what comes next', async () => {
    const { id } = await bench.addWorkspace({ status: 'running', desired: 'running', containerId: 'c1', containerStatus: 'running', containerImage: 'older:1', containerEgressLevel: 'open', idleStopMinutes: 30, lastError: 'The disk is full.', lastErrorClass: 'storage', lastErrorAt: new Date() });
    const answered = new Date();
    await database().insert(engineState).values({ id: 1, reachable: true, lastAnswerAt: answered }).onConflictDoUpdate({ target: engineState.id, set: { reachable: true, lastAnswerAt: answered } });
    const reading = { cpus: 0.5, memoryBytes: 1_000, memoryLimitBytes: 2_000, pids: 3, networkReceivedBytes: 1, networkSentBytes: 2, diskBytes: 9 };
    await database().insert(workspaceMetrics).values([
      { workspaceId: id, at: new Date(Date.now() - 50_000), ...reading, cpus: 1 },
      { workspaceId: id, at: new Date(Date.now() - 5_000), ...reading },
    ]);
    const seen = await view(id);
    expect(seen).toMatchObject({ metrics: { cpus: 0.5, diskBytes: 9 }, lastError: { message: 'The disk is full.', class: 'storage' }, restartNeeded: true, task: null, nextStep: null });
    expect(Math.abs(seen.lastUpdatedAt.getTime() - answered.getTime())).toBeLessThan(1_000);
    expect(seen.idleStopAt?.getTime()).toBeGreaterThan(Date.now() + 29 * 60_000);
    await ask(id, 'stop');
    expect(await view(id)).toMatchObject({ task: { kind: 'stop', status: 'queued' }, nextStep: 'It waits for its turn. It is stopped in a moment. Its files are kept.', idleStopAt: null });
  });

  it('has no reading that is older than a minute', async () => {
    const { id } = await bench.addWorkspace({ status: 'running', desired: 'running' });
    await database().insert(workspaceMetrics).values({ workspaceId: id, at: new Date(Date.now() - 61_000), cpus: 1, memoryBytes: 1, memoryLimitBytes: 1, pids: 1, networkReceivedBytes: 0, networkSentBytes: 0 });
    expect((await view(id)).metrics).toBeNull();
  });

  it.each([
    ['a recovery that comes', { status: 'stopped', desired: 'running', recoveryNextAt: new Date(Date.now() + 3_600_000), recoveryAttempts: 1 }, /^Anyon brings it back in \d+ minutes \(try 2 of 3\)/],
    ['unknown', { status: 'unknown' }, /asks Docker again/],
    ['unhealthy', { status: 'unhealthy' }, /Start it again/],
    ['stopped', { status: 'stopped' }, /Start it to go on/],
    ['archived', { status: 'archived' }, /Restore it/],
  ] as const)('says what comes next: %s', async (_name, values, sentence) => {
    const { id } = await bench.addWorkspace(values);
    expect((await view(id)).nextStep).toMatch(sentence);
  });

  it('S7 lists 200 workspaces with little work, going over tasks and readings once', async () => {
    const person = await bench.addUser('holder-of-many');
    await Promise.all(Array.from({ length: 200 }, () => bench.addWorkspace({ ownerId: person.userId, status: 'running', desired: 'running', containerId: 'c', idleStopMinutes: 60 })));
    const mine = sql`from workspaces, generate_series(1, 60) step where owner_id = ${person.userId}`;
    await database().execute(sql`insert into workspace_metrics select id, now() - step * interval '10 seconds', 1, 1, 1, 1, 0, 0, null ${mine}`);
    await database().execute(sql`insert into tasks (id, workspace_id, workspace_name, owner_id, kind, cause, fence, priority, max_attempts, status) select gen_random_uuid(), id, name, owner_id, 'start', 'person', step, 20, 4, 'succeeded' ${mine}`);
    await database().execute(sql`insert into task_attempts (task_id, number, worker, outcome) select id, 1, 'w', 'succeeded' from tasks where owner_id = ${person.userId}`);
    await database().execute('analyze');
    const [wall, cpu]: [number[], number[]] = [[], []];
    for (let round = 0; round < 40; round++) {
      const began = { at: performance.now(), used: process.cpuUsage() };
      expect(await listWorkspaces(person)).toHaveLength(200);
      wall.push(performance.now() - began.at);
      const { user, system } = process.cpuUsage(began.used);
      cpu.push((user + system) / 1_000);
    }
    const [p95, work] = [sortedAt(wall, 0.95), sortedAt(cpu, 0.5)];
    process.stdout.write(`list of 200 workspaces: p95 ${p95.toFixed(1)} ms, of which this process worked ${work.toFixed(1)} ms\n`);
    // What it takes is asked, not how busy the machine is: on a quiet one the p95 is below 100 ms.
    expect(work).toBeLessThan(50);
    expect(await loopsOver(person, ['tasks', 'workspace_metrics'])).toEqual([1, 1]);
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

function sortedAt(values: number[], part: number): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length * part)] ?? Number.NaN;
}

interface Plan {
  'Relation Name'?: string;
  'Actual Loops': number;
  Plans?: Plan[];
}

/** How many times listing goes over each of these tables. */
async function loopsOver(person: Actor, relations: string[]): Promise<number[]> {
  const statement = workspacesQuery(person).toSQL();
  const [row] = await rawDatabase().unsafe<{ 'QUERY PLAN': { Plan: Plan }[] }[]>(`explain (analyze, format json) ${statement.sql}`, statement.params as string[]);
  const nodes = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)];
  const all = row?.['QUERY PLAN'].flatMap(({ Plan: plan }) => nodes(plan)) ?? [];
  return relations.map((relation) => all.find((node) => node['Relation Name'] === relation)?.['Actual Loops'] ?? Number.NaN);
}

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
