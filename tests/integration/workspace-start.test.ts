import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TaskKind } from '@/contract/task';
import type { WorkspaceView } from '@/contract/workspace';
import { workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { requestTask } from '@/server/workspaces/tasks/request-task';
import { workspaceContainerSpec } from '@/server/workspaces/workspace-container';
import { getWorkspace } from '@/server/workspaces/workspace-queries';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';
import { startTaskBench, type TaskBench } from '@/tests/setup/task-bench';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';

/** Which container a start takes, makes or removes. The engine is in memory, the task is carried out for real. */
let bench: TaskBench;
let worker: TestWorker;

beforeAll(async () => {
  bench = await startTaskBench();
});
beforeEach(async () => {
  worker = await startTestWorker({ engine: bench.engine });
});
afterEach(() => worker.stop());
afterAll(() => bench.close());

function ask(workspaceId: string, kind: TaskKind): Promise<string | null> {
  return requestTask({ workspaceId, kind, cause: 'person', requestedById: bench.owner.userId });
}

async function view(workspaceId: string): Promise<WorkspaceView> {
  return getWorkspace(await requireWorkspaceAccess(bench.owner, workspaceId));
}

describe('D2-17 REL-12 B3 a start finds a container that is there already', () => {
  const own = (id: string) => bench.fake.listContainers({ 'anyon.workspace': id });
  const containerOf = async (id: string) => (await own(id)).at(0) ?? expect.fail('there is no container');
  const done = async (id: string, kind: TaskKind) => expect(await bench.finalTask(await ask(id, kind))).toMatchObject({ status: 'succeeded' });
  const change = (id: string, values: Partial<WorkspaceRow>) => database().update(workspaces).set(values).where(eq(workspaces.id, id));

  async function started(): Promise<string> {
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
    const { id } = await bench.addWorkspace();
    const spec = workspaceContainerSpec(await bench.workspace(id));
    await bench.fake.ensureNetwork({ name: spec.network, labels: spec.labels, bridge: 'an-test', pool: '10.213.0.0/16' });
    const foreign = await bench.fake.createContainer({ ...spec, labels: {}, mounts: [] });
    expect(await bench.finalTask(await ask(id, 'start'))).toMatchObject({ status: 'failed', statusReason: expect.stringMatching(/exists already and was not made by Anyon/) });
    expect(await bench.fake.inspectContainer(foreign)).not.toBeNull();
  });
});
