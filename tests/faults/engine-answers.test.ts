import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { asc, desc, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { taskAttempts, tasks } from '@/db/schema';
import { database } from '@/server/database';
import { workspaceFilesDir } from '@/server/deployment/paths';
import { networkName } from '@/server/egress/workspace-network';
import { deleteWorkspace } from '@/server/workspaces/delete-workspace';
import { startWorkspace } from '@/server/workspaces/start-workspace';
import { stopWorkspace } from '@/server/workspaces/stop-workspace';
import { containerName } from '@/server/workspaces/workspace-container';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';
import { startDockerFaultProxy, type DockerFaultProxy } from '@/tests/faults/docker-fault-proxy';
import { openLifeCycleScene, type LifeCycleScene } from '@/tests/faults/life-cycle-scene';
import { killWorkers, startWorkerProcess } from '@/tests/faults/worker-process';

/** Answers of the engine that ask for one certain way out, on the real engine behind a proxy. */
let scene: LifeCycleScene;
let proxy: DockerFaultProxy;
let id: string;

beforeAll(async () => {
  scene = await openLifeCycleScene();
  proxy = await startDockerFaultProxy();
  startWorkerProcess({ DOCKER_HOST: proxy.address });
});
afterAll(async () => {
  await killWorkers();
  await proxy?.close();
  await scene?.product.close();
});
afterEach(async () => {
  proxy.arm();
  if (await scene.row(id)) await deleteWorkspace(await scene.access(id));
  await scene.quiet();
});

const docker = (...args: string[]) => execFileSync('docker', args, { encoding: 'utf8' }).trim();
const start = async () => startWorkspace(await scene.access(id));
const becomes = (status: WorkspaceRow['status']) => scene.until(id, `it to be ${status}`, (row) => row?.status === status);
const create = async () => scene.create(`answers ${uuidv7().slice(-6)}`, { setupScript: `echo prepared >> prepared.txt # ${uuidv7()}` });
const prepared = () => readFileSync(path.join(workspaceFilesDir(id), 'repo/prepared.txt'), 'utf8');
const containers = () => docker('ps', '--all', '--no-trunc', '--quiet', '--filter', `label=anyon.workspace=${id}`).split('\n').filter(Boolean);
const strikes = async (count = 1) => {
  while (proxy.struck() < count) await sleep(10);
};

async function lastTask() {
  const [task] = await database().select().from(tasks).where(eq(tasks.workspaceId, id)).orderBy(desc(tasks.fence)).limit(1);
  const attempts = await database().select().from(taskAttempts).where(eq(taskAttempts.taskId, task?.id ?? '')).orderBy(asc(taskAttempts.number));
  return { ...task, attempts };
}

describe('D2-02 D2-06 REL-06 an operation whose answer was lost', () => {
  it('F6: a start that is repeated after the container has ended meanwhile runs everything once', async () => {
    proxy.arm({ call: 'POST /containers/:container/start', kind: 'lost' });
    id = await create();
    await strikes();
    const [made] = containers();
    docker('kill', made ?? '');
    expect((await becomes('running'))?.containerId).toBe(made);
    await scene.quiet();
    expect(containers()).toEqual([made]);
    expect(prepared()).toBe('prepared\n');
  });

  it('REL-12: the container that was made then is taken, not another one', async () => {
    proxy.arm({ call: 'POST /containers/create', kind: 'lost' });
    id = await create();
    await strikes();
    const [made] = containers();
    expect((await becomes('running'))?.containerId).toBe(made);
    expect(proxy.requests.filter((call) => call === 'POST /containers/create').length).toBeGreaterThan(0);
    expect(containers()).toEqual([made]);
  });

  it('a set-up script whose launch was lost runs once', async () => {
    proxy.arm({ call: /^POST \/exec\/:exec\/start \(anyon-run start setup-/, kind: 'lost' });
    id = await create();
    await strikes();
    await becomes('running');
    expect(prepared()).toBe('prepared\n');
  });
});

describe('D2-17 REL-12 a workspace that is stopped', () => {
  beforeEach(async () => {
    id = await create();
    await becomes('running');
    await stopWorkspace(await scene.access(id));
    await becomes('stopped');
  });

  it('says whose name it is when somebody else has it, leaves that alone, and starts when it is free', async () => {
    const name = containerName(id);
    docker('rename', name, `${name}-ours`);
    docker('rm', '--force', `${name}-ours`);
    const theirs = docker('create', '--name', name, 'anyon-claude:latest');
    try {
      await start();
      expect((await becomes('unhealthy'))?.statusReason).toBe(`A container named ${name} exists already and was not made by Anyon. Remove or rename it, then start the workspace again.`);
      expect(docker('inspect', '--format', '{{.State.Status}}', theirs)).toBe('created');
      docker('rename', theirs, `${scene.product.instance}-theirs`);
      await start();
      await becomes('running');
    } finally {
      docker('rm', '--force', theirs);
    }
  });

  it('the same for its network', async () => {
    const name = networkName(id);
    docker('rm', '--force', containerName(id));
    docker('network', 'rm', name);
    const theirs = docker('network', 'create', name);
    try {
      await start();
      expect((await becomes('unhealthy'))?.statusReason).toMatch(`A network named ${name} exists already and was not made by this Anyon. Remove it: docker network rm ${name}`);
      expect(docker('network', 'ls', '--no-trunc', '--quiet', '--filter', `name=${name}`)).toBe(theirs);
    } finally {
      docker('network', 'rm', theirs);
    }
    await start();
    await becomes('running');
  });

  it('replaces a container of its own that was made another way', async () => {
    const name = containerName(id);
    docker('rm', '--force', name);
    const old = docker('create', '--name', name, '--label', `anyon.instance=${scene.product.instance}`, '--label', `anyon.workspace=${id}`, '--label', 'anyon.spec=0000000000000000', 'anyon-claude:latest');
    await start();
    await becomes('running');
    expect(containers()).toHaveLength(1);
    expect(containers()).not.toContain(old);
  });

  it('starts although the engine says that it runs already (304) when it does not', async () => {
    proxy.arm({ call: 'POST /containers/:container/start', kind: { status: 304 } });
    await start();
    await becomes('running');
    await scene.quiet();
    expect(proxy.struck()).toBe(1);
  });

  it('fails for a person to see after so many tries, with growing pauses, when the engine always refuses', async () => {
    proxy.arm({ call: 'POST /containers/:container/start', kind: { status: 500, message: 'driver failed programming external connectivity' }, times: 4 });
    await start();
    const row = await becomes('unhealthy');
    const { status, attempts } = await lastTask();
    expect(status).toBe('failed');
    expect(row?.statusReason).toMatch(/^Could not start the container [0-9a-f]{12}: Docker answered 500 \(driver failed programming external connectivity\)\. Tried 4 times\./);
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed', 'failed']);
    const pauses = attempts.slice(1).map(({ startedAt }, before) => startedAt.getTime() - (attempts[before]?.endedAt?.getTime() ?? 0));
    for (const [index, pause] of pauses.entries()) expect(pause, `pause ${index + 1}`).toBeGreaterThan(2_000 * 2 ** index * 0.7);
    await start();
    await becomes('running');
  });
});

describe('a workspace that runs', () => {
  beforeEach(async () => {
    id = await create();
    await becomes('running');
  });

  it('is never said to be stopped when the engine only says so (304)', async () => {
    proxy.arm({ call: 'POST /containers/:container/stop', kind: { status: 304 } });
    await stopWorkspace(await scene.access(id));
    await strikes();
    await scene.quiet();
    const row = await scene.row(id);
    const shown = [row?.status, docker('inspect', '--format', '{{.State.Running}}', containers()[0] ?? '')];
    expect(shown, `${shown.join()}: ${row?.statusReason}; tasks ${JSON.stringify((await lastTask()))}`).toBeOneOf([['running', 'true'], ['stopped', 'false']]);
  });

  it('is deleted although the engine only says that its container is gone (204)', async () => {
    proxy.arm({ call: 'DELETE /containers/:container', kind: { status: 204 } });
    await deleteWorkspace(await scene.access(id));
    await strikes();
    await scene.quiet();
    expect(await scene.row(id)).toBeNull();
    expect(containers()).toEqual([]);
  });
});

describe('D2-14 D2-15 what a person has to put right', () => {
  it('an image that went away between the look and the making', async () => {
    proxy.arm({ call: 'POST /containers/create', kind: { status: 404, message: 'No such image: anyon-claude:latest' } });
    id = await create();
    const row = await becomes('unhealthy');
    expect(row?.statusReason).toMatch(/^Could not create the container \S+\. The image is not on this machine\. Build it with `npm run images`\./);
    expect(containers()).toEqual([]);
  });

  it.each([
    ['the container is made', 'POST /containers/create'],
    ['it is started', 'POST /containers/:container/start'],
    ['a command is started in it', /^POST \/exec\/:exec\/start \(anyon-run start clone/],
  ])('REL-14 a disk that is full when %s', async (_when, call) => {
    const kind = { status: 500, message: 'failed to create endpoint: write /var/lib/docker/containers/x/hosts: no space left on device' };
    proxy.arm({ call, kind }, { call: /^POST \/exec\/:exec\/start \(anyon-run attend/, kind, times: 9 }); // who attends would need no command
    id = await create();
    const row = await becomes('unhealthy');
    expect(row).toMatchObject({ lastErrorClass: 'storage', statusReason: expect.stringMatching(/\. The disk that Docker writes to is full\. Free some space and try again\./) });
    await scene.quiet();
    await start();
    await becomes('running');
    expect(prepared()).toBe('prepared\n');
  });
});
