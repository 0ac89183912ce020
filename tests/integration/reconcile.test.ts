import { chownSync, existsSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import type { Difference, ReconcileReport } from '@/contract/difference';
import { isFinal } from '@/contract/run';
import { createWorkspaceInput, type WorkspaceView } from '@/contract/workspace';
import { runs, tasks, workspaces } from '@/db/schema';
import { containerEngine } from '@/server/containers/container-engine';
import type { ContainerEngine } from '@/server/containers/engine';
import { database } from '@/server/database';
import { databaseMarkFile, runLogDir, secretsDir, workspaceDir, workspaceExchangeDir, workspaceFilesDir } from '@/server/deployment/paths';
import { requireRunAccess } from '@/server/runs/access';
import { getRun } from '@/server/runs/run-queries';
import { startRun } from '@/server/runs/start-run';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { createWorkspace } from '@/server/workspaces/create-workspace';
import { reconcile } from '@/server/workspaces/reconcile/reconcile';
import { listReports } from '@/server/workspaces/reconcile/reports';
import { requestReconcile } from '@/server/workspaces/reconcile/request-reconcile';
import { syncWorkspace } from '@/server/workspaces/sync-workspace';
import { getWorkspace } from '@/server/workspaces/workspace-queries';
import { docker, exists } from '@/tests/setup/docker-objects';
import { until } from '@/tests/setup/runtime-container';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { startTestReconciler } from '@/tests/setup/test-reconciler';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';

/** The reconciler with the real engine, database and disk. Its own loops do not run but where a test starts them. */
let product: TestProduct;
let owner: Actor;
let worker: TestWorker;

beforeAll(async () => {
  product = await startTestProduct();
  owner = await product.addUser('owner', 'admin');
  worker = await startTestWorker();
  product.addRepository('plain', { 'README.md': '# Plain\n' });
});

afterAll(async () => {
  await worker?.stop();
  await product?.close();
});

const noGrace = { directoryMs: 0, unknownSecretMs: 0 };
const view = async (id: string): Promise<WorkspaceView> => getWorkspace(await requireWorkspaceAccess(owner, id));
const act = (dryRun = false): Promise<ReconcileReport> => reconcile(containerEngine(), { cause: 'command', dryRun, directories: true, ages: noGrace });
const about = (report: ReconcileReport, id: string): Difference[] => report.differences.filter(({ workspaceId, name }) => workspaceId === id || name.includes(id));

async function running(): Promise<WorkspaceView> {
  const input = { repositoryUrl: `${product.gitUrl}/plain.git`, limits: { memoryBytes: 512 * 1024 ** 2, cpus: 1 }, recovery: { backoffSeconds: 1 } };
  const { id } = await createWorkspace(owner, createWorkspaceInput.parse(input));
  return settled(id);
}

/** Runs, and the task that brought it there has ended: what a task has in hand is nobody else's. */
async function settled(id: string): Promise<WorkspaceView> {
  await becomes(id, 'running');
  await until(`the task of ${id} to end`, async () => (await view(id)).task === null, 10_000);
  return view(id);
}

async function becomes(id: string, status: WorkspaceView['status'], withinMs = 60_000): Promise<WorkspaceView> {
  let now = await view(id);
  await until(`${id} to be ${status} (it is ${now.status}: ${now.statusReason})`, async () => (now = await view(id)).status === status, withinMs);
  return now;
}

/** Labels that an object of ours would have. */
const ours = (workspaceId: string) => ['--label', `anyon.instance=${product.instance}`, '--label', `anyon.workspace=${workspaceId}`];

describe('what is left of a deleted workspace', () => {
  it('is shown by a dry run with what it frees, then removed: container, network, files and logs; links are not followed', async () => {
    const id = uuidv7();
    const runId = uuidv7();
    await database().insert(tasks).values({ id: uuidv7(), workspaceId: id, workspaceName: 'gone', ownerId: owner.userId, kind: 'delete', cause: 'person', fence: 1, priority: 1, maxAttempts: 1, status: 'succeeded' });
    docker('network', 'create', ...ours(id), `${product.instance}-network-${id}`);
    docker('run', '--detach', '--name', `${product.instance}-workspace-${id}`, '--network', `${product.instance}-network-${id}`, ...ours(id), 'anyon-claude:latest');
    const precious = path.join(product.directory, 'precious');
    mkdirSync(precious);
    writeFileSync(path.join(precious, 'file'), 'must stay');
    for (const directory of [workspaceFilesDir(id), runLogDir(runId)]) {
      mkdirSync(directory, { recursive: true });
      writeFileSync(path.join(directory, 'big'), Buffer.alloc(3 * 1024 ** 2));
      symlinkSync(precious, path.join(directory, 'link'));
    }
    symlinkSync(precious, path.join(path.dirname(workspaceDir(id)), uuidv7()));

    const shown = await act(true);
    expect(about(shown, id).map(({ object, action, result }) => [object, action, result])).toEqual([
      ['container', 'remove', null],
      ['network', 'remove', null],
      ['workspace-directory', 'remove', null],
    ]);
    expect(about(shown, id).at(-1)?.freesBytes).toBeGreaterThan(3 * 1024 ** 2);
    expect(about(shown, id).at(-1)?.freesBytes).toBeLessThan(4 * 1024 ** 2);
    expect([exists('container', `${product.instance}-workspace-${id}`), existsSync(workspaceDir(id)), existsSync(runLogDir(runId))]).toEqual([true, true, true]);

    const done = await act();
    expect([...about(done, id), ...about(done, runId)].map(({ result, failure }) => [result, failure])).toEqual(Array.from({ length: 4 }, () => ['done', null]));
    expect([exists('container', `${product.instance}-workspace-${id}`), exists('network', `${product.instance}-network-${id}`), existsSync(workspaceDir(id)), existsSync(runLogDir(runId))]).toEqual([false, false, false, false]);
    expect(readFileSync(path.join(precious, 'file'), 'utf8')).toBe('must stay');
    expect(about(await act(), id)).toEqual([]);
  });

  it('is left alone when it may be somebody’s: never deleted here, changed a moment ago, or of another database', async () => {
    const [never, deleted] = [uuidv7(), uuidv7()];
    await database().insert(tasks).values({ id: uuidv7(), workspaceId: deleted, workspaceName: 'gone', ownerId: owner.userId, kind: 'delete', cause: 'person', fence: 1, priority: 1, maxAttempts: 1, status: 'succeeded' });
    for (const id of [never, deleted]) mkdirSync(workspaceFilesDir(id), { recursive: true });
    await reconcile(containerEngine(), { cause: 'clock', dryRun: false });
    expect(existsSync(workspaceDir(deleted))).toBe(true);

    const mark = readFileSync(databaseMarkFile(), 'utf8');
    writeFileSync(databaseMarkFile(), JSON.stringify({ firstUserId: uuidv7() }));
    const other = await act();
    expect(about(other, deleted)).toMatchObject([{ action: 'leave', reason: 'The data directory was last used with another database, which may still know it. It is left alone.' }]);
    writeFileSync(databaseMarkFile(), mark);

    await act();
    expect([existsSync(workspaceDir(never)), existsSync(workspaceDir(deleted))]).toEqual([true, false]);
  });
});

it('ISO-12 objects of others survive a hundred rounds under load, however alike they look', async () => {
  const busy = await running();
  const id = uuidv7();
  const foreign = (index: number): string[] => [[], ['--label', `anyon.workspace=${busy.id}`], ['--label', 'anyon.instance=another', '--label', `anyon.workspace=${busy.id}`], ['--label', `anyon.instance=${product.instance}x`], ['--label', `anyon.instance=${product.instance}`, '--label', `anyon.workspace=${id}`]][index % 5] ?? [];
  const names = Array.from({ length: 10 }, (_, index) => `${product.instance}-workspace-${index % 2 === 0 ? `${busy.id}-${index}` : uuidv7()}`);
  const networks = Array.from({ length: 5 }, (_, index) => `${product.instance}-network-${busy.id}-${index}`);
  const volumes = Array.from({ length: 5 }, (_, index) => `${product.instance}-workspace-volume-${index}`);
  for (const [index, name] of names.entries()) docker('create', '--name', name, ...foreign(index), 'anyon-claude:latest');
  for (const [index, name] of networks.entries()) docker('network', 'create', ...foreign(index), name);
  for (const [index, name] of volumes.entries()) docker('volume', 'create', ...foreign(index), name);
  try {
    let rounds = 0;
    let over = false;
    const load = (async () => {
      while (!over) {
        const other = await running();
        docker('kill', other.container.id ?? '');
        await act();
      }
    })();
    for (; rounds < 100; rounds += 1) await act();
    over = true;
    await load;
    expect({ rounds, containers: names.filter((name) => exists('container', name)), networks: networks.filter((name) => exists('network', name)), volumes: volumes.filter((name) => exists('volume', name)) }).toEqual({ rounds: 100, containers: names, networks, volumes });
    expect(await view(busy.id)).toMatchObject({ status: 'running', container: { id: busy.container.id } });
    const report = await act(true);
    expect(report.looked.foreign).toBeGreaterThanOrEqual(12);
    expect(report.differences.filter(({ name, action }) => [...names, ...networks].includes(name) && action !== 'leave')).toEqual([]);
  } finally {
    for (const name of names) docker('rm', '--force', name);
    for (const name of networks) docker('network', 'rm', name);
    for (const name of volumes) docker('volume', 'rm', name);
  }
}, 300_000);

describe('a workspace and its container', () => {
  it('find each other again when the row has lost its container, and a copy with the same labels goes', async () => {
    const workspace = await running();
    const container = workspace.container.id ?? '';
    await database().update(workspaces).set({ containerId: null }).where(eq(workspaces.id, workspace.id));
    docker('create', '--name', `copy-${workspace.id}`, ...ours(workspace.id), 'anyon-claude:latest');
    const report = await act();
    expect(about(report, workspace.id).map(({ object, action, result }) => [object, action, result])).toEqual([
      ['workspace', 'adopt', 'done'],
      ['container', 'remove', 'done'],
    ]);
    expect((await view(workspace.id)).container.id).toBe(container);
    expect(docker('ps', '--all', '--no-trunc', '--quiet', '--filter', `label=anyon.workspace=${workspace.id}`)).toBe(container);
  });

  it('that nobody deletes or makes although its row says so, are taken up', async () => {
    const workspace = await running();
    await database().update(workspaces).set({ status: 'creating' }).where(eq(workspaces.id, workspace.id));
    expect(about(await act(), workspace.id)).toMatchObject([{ action: 'finish', result: 'done' }]);
    await settled(workspace.id);
    await database().update(workspaces).set({ status: 'deleting' }).where(eq(workspaces.id, workspace.id));
    expect(about(await act(), workspace.id)).toMatchObject([{ action: 'finish', result: 'done' }]);
    await until('the end of the row', async () => (await database().select().from(workspaces).where(eq(workspaces.id, workspace.id))).length === 0, 60_000);
    expect(existsSync(workspaceDir(workspace.id))).toBe(false);
  });

  it('are left to the task that has them, whatever is seen', async () => {
    const workspace = await running();
    const [row] = await database().select().from(workspaces).where(eq(workspaces.id, workspace.id));
    await database().insert(tasks).values({ id: uuidv7(), workspaceId: workspace.id, workspaceName: 'x', ownerId: owner.userId, kind: 'restart', cause: 'person', fence: row?.fence ?? 0, priority: 1, maxAttempts: 1, status: 'running' });
    docker('kill', workspace.container.id ?? '');
    expect(about(await act(), workspace.id)).toEqual([]);
    expect((await view(workspace.id)).status).toBe('running');
    await database().update(tasks).set({ status: 'failed' }).where(eq(tasks.workspaceId, workspace.id));
    expect(about(await act(), workspace.id)).toMatchObject([{ action: 'repair', result: 'done' }]);
  });

  it('are put right when somebody asks for it', async () => {
    const workspace = await running();
    docker('kill', workspace.container.id ?? '');
    await syncWorkspace(await requireWorkspaceAccess(owner, workspace.id));
    const ended = await becomes(workspace.id, 'unhealthy');
    expect(ended.statusReason).toMatch(/^Its container ended \(exit code 137, killed from outside\)\. Anyon starts it again in 1 s \(try 1 of 3\)\.$/);
  });
});

describe('files of runs', () => {
  it('that are over: raw output goes, by the hand of the container’s own user; a working tree goes only when nothing in it is unsaved', async () => {
    const workspace = await running();
    const { id: runId } = await startRun(await requireWorkspaceAccess(owner, workspace.id), { prompt: '[[sim:text text="done"]]' });
    const runOf = async () => getRun(await requireRunAccess(owner, runId));
    await until('the run', async () => isFinal((await runOf()).status), 60_000);
    const exchange = path.join(workspaceExchangeDir(workspace.id), runId);
    await until('its own end', () => !existsSync(exchange)); // the last step of a run, after it is final
    mkdirSync(path.join(exchange, 'deep'), { recursive: true });
    symlinkSync('/etc', path.join(exchange, 'deep/link'));
    for (const folder of [exchange, path.join(exchange, 'deep')]) chownSync(folder, 1000, 1000);

    const [clean, dirty] = [uuidv7(), uuidv7()];
    for (const name of [clean, dirty]) docker('exec', workspace.container.id ?? '', 'git', '-C', '/workspace/repo', 'worktree', 'add', '-b', `test-${name}`, `/workspace/worktrees/${name}`);
    docker('exec', workspace.container.id ?? '', 'touch', `/workspace/worktrees/${dirty}/unsaved`);
    const report = await act();
    expect(report.differences.find(({ object }) => object === 'exchange-directory')).toMatchObject({ name: exchange, action: 'remove', result: 'done' });
    expect(existsSync(exchange)).toBe(false);
    const trees = path.join(workspaceFilesDir(workspace.id), 'worktrees');
    expect([existsSync(path.join(trees, clean)), existsSync(path.join(trees, dirty)), existsSync(path.join(trees, runId))]).toEqual([false, true, true]);
    expect(report.differences.find(({ name }) => name.endsWith(dirty))).toMatchObject({ object: 'worktree', result: 'failed', failure: expect.stringMatching(/^Git keeps it: .*(modified or untracked|unsaved)/) as string });
    expect((await database().select().from(runs).where(eq(runs.id, runId))).length).toBe(1);
  });

  it('that are secrets go when the run is over, or when nobody has known them for a week', async () => {
    const [unknown, week] = [uuidv7(), uuidv7()];
    const [known, stranger] = [(await database().select().from(workspaces))[0]?.id ?? '', uuidv7()];
    const place = (name: string) => path.join(secretsDir(), name === week ? stranger : known, name);
    for (const name of [unknown, week]) mkdirSync(place(name), { recursive: true });
    const old = new Date(Date.now() - 8 * 24 * 60 * 60_000);
    utimesSync(place(week), old, old);
    await reconcile(containerEngine(), { cause: 'clock', dryRun: false });
    // Its own time can be set back, the system's word about the change cannot: both count.
    expect([existsSync(place(unknown)), existsSync(place(week))]).toEqual([true, true]);
    await act();
    expect(existsSync(place(unknown))).toBe(false);
  });
});

describe('the worker', () => {
  /** The engine as it is, but nothing ever happens. */
  const silent = (): ContainerEngine =>
    new Proxy(containerEngine(), {
      get: (target, name) => {
        if (name === 'streamEvents') return async function* (_labels: unknown, signal: AbortSignal) {
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          yield* [];
        };
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });

  it('D2-18 REL-29 finds within 30 s what no event told it', async () => {
    const workspace = await running();
    const end = startTestReconciler(worker, { engine: silent() });
    try {
      await until('the first look', async () => (await act(true)).engineProblem === null);
      await new Promise((resolve) => setTimeout(resolve, 2_000)); // past the look at its start
      docker('kill', workspace.container.id ?? '');
      const started = Date.now();
      await until('the end to be noticed', async () => (await view(workspace.id)).status !== 'running', 31_000);
      expect(Date.now() - started).toBeLessThan(31_000);
    } finally {
      await end();
    }
  });

  it('acts when it is asked to, and tells what it did; a dry run changes nothing', async () => {
    const end = startTestReconciler(worker, { engine: silent() }); // an event would have it act by itself, between the dry run and the look at it
    try {
      const workspace = await running();
      await requestReconcile({ cause: 'person', dryRun: false }); // so that the look at its start is over
      docker('create', '--name', `asked-${workspace.id}`, ...ours(workspace.id), 'anyon-claude:latest');
      expect(about(await requestReconcile({ cause: 'person', dryRun: true }), workspace.id)).toMatchObject([{ action: 'remove', result: null }]);
      expect(exists('container', `asked-${workspace.id}`)).toBe(true);
      const report = await requestReconcile({ cause: 'person', dryRun: false });
      expect(about(report, workspace.id)).toMatchObject([{ action: 'remove', result: 'done' }]);
      expect(exists('container', `asked-${workspace.id}`)).toBe(false);
      expect((await listReports()).some(({ at, cause }) => cause === 'person' && at.getTime() === report.at.getTime())).toBe(true);
    } finally {
      await end();
    }
  });

  it('that is not there is named as the reason, after twenty seconds', async () => {
    await expect(requestReconcile({ cause: 'person', dryRun: false })).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringMatching(/^The worker has not reported within 20 seconds/) as string });
  });
});
