import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import type { WorkspaceView } from '@/contract/workspace';
import { startRun } from '@/server/runs/start-run';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { readCapacity } from '@/server/workspaces/admission/read-capacity';
import { startWorkspace } from '@/server/workspaces/start-workspace';
import { stopWorkspace } from '@/server/workspaces/stop-workspace';
import { give, MIB, useGivenMachine } from '@/tests/setup/given-machine';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';
import { endedRun, runningWorkspace, runWhere, workspaceWhere } from '@/tests/setup/wait-for-state';

/** Admission in the worker, with real containers, against a machine whose numbers the test gives. */
let product: TestProduct;
let owner: Actor;
let worker: TestWorker;
const created: WorkspaceView[] = [];

beforeAll(async () => {
  product = await startTestProduct();
  useGivenMachine();
  give(24);
  owner = await product.addUser('owner');
  worker = await startTestWorker();
  const repositoryUrl = product.addRepository('hello', { 'README.md': '# Hello\n' });
  for (const name of ['api', 'web']) created.push(await runningWorkspace(owner, { repositoryUrl, name, limits: { memoryBytes: 512 * MIB } }));
});
afterAll(async () => {
  await worker?.stop();
  await product?.close();
});

describe('N9 what does not fit yet', () => {
  it('a run waits, visibly, and starts when another one ends', async () => {
    const [api, web] = created as [WorkspaceView, WorkspaceView];
    give(2 + 0.4); // one run counts 256 MiB, the idle neighbour 64
    const first = await startRun(await requireWorkspaceAccess(owner, api.id), { prompt: '[[sim:bash cmd="sleep 6"]] [[sim:text text="first"]]' });
    await runWhere(owner, first, ({ status }) => status === 'running');
    const second = await startRun(await requireWorkspaceAccess(owner, web.id), { prompt: '[[sim:text text="second"]]' });
    const waiting = await runWhere(owner, second, ({ statusReason }) => statusReason !== null);
    expect(waiting).toMatchObject({ status: 'queued', statusReason: 'Waits for memory: it needs 192 MiB, 89 MiB are free. It starts when run #1 of api ends.' });
    expect((await readCapacity(owner)).waiting).toMatchObject([{ id: second.id, position: 1 }]);
    const [one, two] = [await endedRun(owner, first), await endedRun(owner, second)];
    expect([one.status, two.status]).toEqual(['succeeded', 'succeeded']);
    expect(two.startedAt?.getTime()).toBeGreaterThanOrEqual(one.finishedAt?.getTime() ?? Number.NaN);
    expect((two.startedAt?.getTime() ?? 0) - (one.finishedAt?.getTime() ?? 0)).toBeLessThan(1_000);
  });

  it('a start waits, visibly, and goes on when there is room', async () => {
    const [, web] = created as [WorkspaceView, WorkspaceView];
    await stopWorkspace(await requireWorkspaceAccess(owner, web.id));
    await workspaceWhere(owner, web, ({ status }) => status === 'stopped');
    give(2 + 0.2);
    await startWorkspace(await requireWorkspaceAccess(owner, web.id));
    const waiting = await workspaceWhere(owner, web, ({ task }) => task?.status === 'waiting');
    expect(waiting.task).toMatchObject({ kind: 'start', reason: 'Waits for memory: it needs 256 MiB, 140 MiB are free. It starts when workspaces are stopped.' });
    expect((await readCapacity(owner)).waiting).toMatchObject([{ kind: 'task', id: waiting.task?.id, workspaceName: 'web', position: 1, needsBytes: 256 * MIB }]);
    give(24);
    expect((await workspaceWhere(owner, web, ({ status }) => status !== 'creating')).status).toBe('running');
  });
});
