import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TaskKind } from '@/contract/task';
import { env } from '@/server/env';
import { watchWorker } from '@/server/parent/watch-worker';
import { requestTask } from '@/server/workspaces/tasks/request-task';
import { killWorkers, startWorkerProcess, type WorkerProcess } from '@/tests/faults/worker-process';
import { startTaskBench, type TaskBench } from '@/tests/setup/task-bench';
import { removeDockerObjects } from '@/tests/setup/docker-objects';

/** Workers are processes that are killed, or stopped and woken, in the middle of a task on the real engine. */
let bench: TaskBench;

beforeAll(async () => {
  bench = await startTaskBench();
});
afterEach(killWorkers);
afterAll(async () => {
  await removeDockerObjects(env().ANYON_INSTANCE);
  await bench.close();
});

function ask(workspaceId: string, kind: TaskKind): Promise<string | null> {
  return requestTask({ workspaceId, kind, cause: 'person', requestedById: bench.owner.userId });
}

async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await done())) await sleep(20);
}

function containersOf(workspaceId: string): string[] {
  const found = execFileSync('docker', ['ps', '--all', '--no-trunc', '--filter', `label=anyon.workspace=${workspaceId}`, '--format', '{{.ID}} {{.State}}'], { encoding: 'utf8' });
  return found.split('\n').filter(Boolean);
}

describe('D2-08 REL-09 a task whose worker dies', () => {
  it('is taken up by the next worker in less than 30 s and ends well, with one container', async () => {
    const { id } = await bench.addWorkspace();
    const first = startWorkerProcess({ ANYON_FAILPOINT: 'start.container-created:hang' });
    const taskId = (await ask(id, 'start')) ?? '';
    await until(() => containersOf(id).length === 1);
    const killed = Date.now();
    await first.kill();
    startWorkerProcess();
    const task = await bench.finalTask(taskId);
    expect(task).toMatchObject({ status: 'succeeded', attempts: [{ outcome: 'died', message: 'Its worker ended in the middle of it.' }, { outcome: 'succeeded' }] });
    const pickedUpMs = (task.attempts[1]?.startedAt.getTime() ?? Number.NaN) - killed;
    process.stdout.write(`a killed worker's task was taken up after ${pickedUpMs} ms (a new process included)\n`);
    expect(pickedUpMs).toBeLessThan(30_000);
    expect(task.attempts[0]?.worker).not.toBe(task.attempts[1]?.worker);
    const containers = containersOf(id);
    expect(containers).toHaveLength(1);
    expect(containers[0]).toBe(`${(await bench.workspace(id)).containerId} running`);
  });

  it('is taken up by a worker that waits for the lead already, also when the one before it only hangs', async () => {
    const { id } = await bench.addWorkspace();
    const first = startWorkerProcess({ ANYON_FAILPOINT: 'start.directories-made:hang' });
    const taskId = (await ask(id, 'start')) ?? '';
    await until(() => existsSync(path.join(bench.dataDir, 'workspaces', id, 'exchange')));
    startWorkerProcess();
    const stopped = Date.now();
    first.signal('SIGSTOP');
    const task = await bench.finalTask(taskId);
    expect(task).toMatchObject({ status: 'succeeded', attempts: [{ outcome: 'died' }, { outcome: 'succeeded' }] });
    const pickedUpMs = (task.attempts[1]?.startedAt.getTime() ?? Number.NaN) - stopped;
    process.stdout.write(`a hung worker's task was taken up after ${pickedUpMs} ms\n`);
    expect(pickedUpMs).toBeLessThan(30_000);
  });

  it('is done when only the word of it was missing: what runs is not brought up once more', async () => {
    const { id } = await bench.addWorkspace();
    const first = startWorkerProcess({ ANYON_FAILPOINT: 'start.row-running:hang' });
    const taskId = (await ask(id, 'start')) ?? '';
    await until(async () => (await bench.workspace(id)).status === 'running');
    const [container] = containersOf(id);
    await first.kill();
    startWorkerProcess();
    expect(await bench.finalTask(taskId)).toMatchObject({ status: 'succeeded', attempts: [{ outcome: 'succeeded' }] });
    expect(containersOf(id)).toEqual([container]);
  });

  it('is safe from it: a worker that comes to after it was taken for dead changes nothing and ends', async () => {
    const { id } = await bench.addWorkspace();
    // It comes to right before the call that would make the network, then a container.
    const zombie = startWorkerProcess({ ANYON_FAILPOINT: 'start.directories-made:sleep:3000' });
    const taskId = (await ask(id, 'start')) ?? '';
    await until(() => existsSync(path.join(bench.dataDir, 'workspaces', id, 'exchange')));
    zombie.signal('SIGSTOP');
    startWorkerProcess();
    expect(await bench.finalTask(taskId)).toMatchObject({ status: 'succeeded', attempts: [{ outcome: 'died' }, { outcome: 'succeeded' }] });
    const stop = await bench.finalTask(await ask(id, 'stop'));
    expect(stop.status).toBe('succeeded');
    const before = { row: await bench.workspace(id), task: await bench.task(taskId), containers: containersOf(id) };
    expect(before.containers).toHaveLength(1);
    await sleep(3_000);
    zombie.signal('SIGCONT');
    expect(await zombie.ended).toBeNull(); // it ended by itself
    await sleep(1_000);
    expect({ row: await bench.workspace(id), task: await bench.task(taskId), containers: containersOf(id) }).toEqual(before);
  });
});

describe('REL-09 a worker that hangs with nobody waiting for the lead', () => {
  it('is ended by the parent, which starts another', async () => {
    const worker = startWorkerProcess();
    const { id } = await bench.addWorkspace({ status: 'unhealthy' });
    await bench.finalTask(await ask(id, 'stop')); // it leads
    const killed: [string, number][] = [];
    const killChild = (name: string, pid: number) => {
      killed.push([name, pid]);
      return process.kill(pid, 'SIGKILL');
    };
    const endWatch = watchWorker(() => process.env['DATABASE_URL'] ?? '', { killChild });
    const stopped = Date.now();
    worker.signal('SIGSTOP');
    expect(await worker.ended).toBe('SIGKILL');
    endWatch();
    expect(Date.now() - stopped).toBeLessThan(25_000);
    expect(killed).toEqual([['worker', worker.pid]]);
  });
});

describe('D2-09 REL-10 a task that ends its worker', () => {
  it('is parked after three strikes with its reason; its neighbours come to their end', async () => {
    const poisoned = await bench.addWorkspace();
    const helper = startWorkerProcess();
    await bench.finalTask(await ask(poisoned.id, 'start'));
    await helper.kill();

    let [stopping, deaths] = [false, 0];
    const parent = (async () => {
      while (!stopping) {
        const worker: WorkerProcess = startWorkerProcess({ ANYON_FAILPOINT: 'stop.checkpointed:exit' });
        if ((await worker.ended) === 'SIGKILL' && !stopping) deaths++;
      }
    })();
    const poison = (await ask(poisoned.id, 'stop')) ?? '';
    const neighbours = await Promise.all([bench.addWorkspace(), bench.addWorkspace()]);
    const ids = await Promise.all(neighbours.map((row) => ask(row.id, 'start')));
    const parked = await bench.finalTask(poison);
    expect(parked.status).toBe('parked');
    expect(parked.statusReason).toMatch(/ended 3 times in the middle of the task "stop"/);
    expect(parked.attempts.map(({ outcome }) => outcome)).toEqual(['died', 'died', 'died']);
    expect(deaths).toBe(3);
    expect(await bench.workspace(poisoned.id)).toMatchObject({ status: 'unhealthy', statusReason: parked.statusReason });
    for (const id of ids) expect((await bench.finalTask(id)).status).toBe('succeeded');
    const later = await bench.addWorkspace();
    expect((await bench.finalTask(await ask(later.id, 'start'))).status).toBe('succeeded');
    expect(deaths).toBe(3);
    stopping = true;
    await killWorkers();
    await parent;
  });
});
