import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import type { RunView } from '@/contract/run';
import { createWorkspaceInput, workspaceLimitsSchema, type WorkspaceLimits, type WorkspaceView } from '@/contract/workspace';
import { runs, workspaces } from '@/db/schema';
import { containerEngine } from '@/server/containers/container-engine';
import { database } from '@/server/database';
import { requireRunAccess } from '@/server/runs/access';
import { getRun } from '@/server/runs/run-queries';
import { startRun } from '@/server/runs/start-run';
import { stopRun } from '@/server/runs/stop-run';
import { requireWorkspaceAccess, type WorkspaceAccess } from '@/server/workspaces/access';
import { archiveWorkspace } from '@/server/workspaces/archive-workspace';
import { changeWorkspace } from '@/server/workspaces/change-workspace';
import { createWorkspace } from '@/server/workspaces/create-workspace';
import { stopIdleWorkspaces } from '@/server/workspaces/idle-stop';
import { restoreWorkspace } from '@/server/workspaces/restore-workspace';
import { startWorkspace } from '@/server/workspaces/start-workspace';
import { stopWorkspace } from '@/server/workspaces/stop-workspace';
import { getWorkspace } from '@/server/workspaces/workspace-queries';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';
import { endedRun, runWhere, workspaceWhere } from '@/tests/setup/wait-for-state';

/** What happens to a workspace between its first start and its end, on the real engine. */
let product: TestProduct;
let owner: Actor;
let worker: TestWorker;
let repositoryUrl = '';

beforeAll(async () => {
  product = await startTestProduct();
  owner = await product.addUser('owner');
  repositoryUrl = product.addRepository('hello', { 'README.md': '# Hello\n' });
  worker = await startTestWorker();
});
afterAll(async () => {
  await worker?.stop();
  await product?.close();
});

const MIB = 1024 ** 2;
const limits = (changes: Partial<WorkspaceLimits> = {}) => workspaceLimitsSchema.parse({ memoryBytes: 768 * MIB, cpus: 1, pids: 512, ...changes });
const access = (id: string): Promise<WorkspaceAccess> => requireWorkspaceAccess(owner, id);

const settled = (id: string) => workspaceWhere(owner, { id }, ({ status, task }) => status !== 'creating' && task === null);

async function create(more: Record<string, unknown> = {}): Promise<WorkspaceView> {
  return settled((await createWorkspace(owner, createWorkspaceInput.parse({ repositoryUrl, limits: limits(), ...more }))).id);
}

async function start(id: string): Promise<WorkspaceView> {
  await startWorkspace(await access(id));
  return settled(id);
}

async function stop(id: string): Promise<WorkspaceView> {
  await stopWorkspace(await access(id));
  return workspaceWhere(owner, { id }, ({ status, task }) => status === 'stopped' && task === null);
}

async function longRun(id: string): Promise<RunView> {
  const run = await startRun(await access(id), { prompt: '[[sim:bash cmd="tail -f /dev/null"]]' });
  return runWhere(owner, run, ({ status, outBytes }) => status === 'running' && outBytes > 0);
}

it('a workspace comes up by one program that is brought into its container: looks and clone go through it', async () => {
  const execs: string[] = [];
  const since = String(Math.floor(Date.now() / 1_000));
  const listener = spawn('docker', ['events', '--since', since, '--filter', `label=anyon.instance=${product.instance}`, '--filter', 'event=exec_create', '--filter', 'event=start', '--format', '{{.Action}}'], { stdio: ['ignore', 'pipe', 'inherit'] });
  createInterface({ input: listener.stdout }).on('line', (line) => execs.push(line));
  try {
    const { status, steps } = await create();
    expect([status, steps.map((step) => step.status)]).toEqual(['running', steps.map(() => 'done')]);
    // On a busy machine the clone may take so long that it is asked after, every 10 s.
    await expect.poll(() => execs.filter((line) => line !== 'exec_create: anyon-run alive clone'), { timeout: 30_000 }).toEqual(['start', 'exec_create: anyon-run attend']);
  } finally {
    listener.kill();
  }
});

async function end(run: RunView): Promise<void> {
  await stopRun(await requireRunAccess(owner, run.id));
  await endedRun(owner, run);
}

async function limitsOnEngine(view: WorkspaceView): Promise<unknown> {
  return (await containerEngine().inspectContainer(view.container.id ?? ''))?.limits;
}

describe('limits that are changed later', () => {
  it('hold at once, more and less, and a live run goes on', async () => {
    const workspace = await create();
    const run = await longRun(workspace.id);
    const more = await changeWorkspace(await access(workspace.id), { limits: limits({ memoryBytes: 1024 * MIB, cpus: 1.5, pids: 700 }) });
    expect(more).toMatchObject({ limits: { memoryBytes: 1024 * MIB, cpus: 1.5, pids: 700 }, status: 'running', restartNeeded: false });
    expect(await limitsOnEngine(workspace)).toEqual({ memoryBytes: 1024 * MIB, cpus: 1.5, pids: 700 });
    await changeWorkspace(await access(workspace.id), { limits: limits({ memoryBytes: 640 * MIB }) });
    expect(await limitsOnEngine(workspace)).toMatchObject({ memoryBytes: 640 * MIB, cpus: 1 });
    expect((await getRun(await requireRunAccess(owner, run.id))).status).toBe('running');
    await end(run);
    await stop(workspace.id);
    // A start after a live change takes the same container: a change of limits alone makes none anew.
    expect((await start(workspace.id)).container.id).toBe(workspace.container.id);
    await stop(workspace.id);
  });

  it('below what is used now are refused with both figures, and nothing is changed', async () => {
    const workspace = await create();
    const id = workspace.container.id ?? '';
    execFileSync('docker', ['exec', '--detach', id, 'node', '-e', 'globalThis.kept = Buffer.alloc(600 * 1024 * 1024, 1); setInterval(() => {}, 1e6)']);
    while ((await containerEngine().readStats(id)).memoryBytes < 600 * MIB) await new Promise((resolve) => setTimeout(resolve, 100));
    const change = changeWorkspace(await access(workspace.id), { limits: limits({ memoryBytes: 512 * MIB }), name: 'Another name' });
    await expect(change).rejects.toMatchObject({ kind: 'precondition', message: expect.stringMatching(/to 512 MiB: it uses 6\d\d MiB now/) as string });
    const still = await getWorkspace(await access(workspace.id));
    expect(still).toMatchObject({ name: 'hello', limits: { memoryBytes: 768 * MIB } });
    expect(await limitsOnEngine(workspace)).toMatchObject({ memoryBytes: 768 * MIB });
    expect(execFileSync('docker', ['exec', id, 'ps', '-eo', 'args='], { encoding: 'utf8' })).toContain('globalThis.kept');
    await stop(workspace.id);
  });

  it('of a stopped workspace apply at its start', async () => {
    const workspace = await create();
    await stop(workspace.id);
    await changeWorkspace(await access(workspace.id), { limits: limits({ memoryBytes: 900 * MIB, pids: 333 }) });
    const again = await start(workspace.id);
    expect(again.container.id).toBe(workspace.container.id);
    expect(await limitsOnEngine(again)).toMatchObject({ memoryBytes: 900 * MIB, pids: 333 });
    await stop(workspace.id);
  });
});

describe('settings that are changed later', () => {
  it('keep what is not named, and an image or egress level waits for the next start, which makes the container anew', async () => {
    const workspace = await create({ idleStopMinutes: 60, recovery: { maxRetries: 7 }, egress: { level: 'open', hosts: [] } });
    execFileSync('docker', ['tag', 'anyon-claude:latest', `anyon-life-${product.instance}:other`]);
    try {
      const renamed = await changeWorkspace(await access(workspace.id), { name: 'Renamed', recovery: { maxRetries: 2, backoffSeconds: 9, fallback: 'remove' } });
      expect(renamed).toMatchObject({ name: 'Renamed', idleStopMinutes: 60, recovery: { maxRetries: 2, backoffSeconds: 9, fallback: 'remove' }, restartNeeded: false });
      const changed = await changeWorkspace(await access(workspace.id), { image: `anyon-life-${product.instance}:other`, egress: { level: 'allow-list', hosts: ['example.com'] }, idleStopMinutes: null });
      expect(changed).toMatchObject({ name: 'Renamed', restartNeeded: true, idleStopMinutes: null, idleStopAt: null, egress: { level: 'allow-list', hosts: ['example.com'] } });
      await stop(workspace.id);
      const again = await start(workspace.id);
      expect(again).toMatchObject({ status: 'running', statusReason: null, restartNeeded: false, image: `anyon-life-${product.instance}:other` });
      expect(again.container.id).not.toBe(workspace.container.id);
      await stop(workspace.id);
    } finally {
      execFileSync('docker', ['rmi', '--force', `anyon-life-${product.instance}:other`]);
    }
  });

  it('are refused when the image can be none', async () => {
    const workspace = await create();
    await expect(changeWorkspace(await access(workspace.id), { image: 'a//b' })).rejects.toMatchObject({ kind: 'invalid' });
    await stop(workspace.id);
  });
});

describe('the archive', () => {
  it('takes the container and the network, keeps the files, and gives the workspace back', async () => {
    const workspace = await create();
    const run = await longRun(workspace.id);
    await expect(archiveWorkspace(await access(workspace.id))).rejects.toMatchObject({ kind: 'conflict', message: 'A run is live in this workspace. Stop it or wait for the end, then archive it.' });
    await end(run);
    execFileSync('docker', ['exec', workspace.container.id ?? '', 'touch', '/workspace/repo/mine.txt']);
    await archiveWorkspace(await access(workspace.id));
    const archived = await workspaceWhere(owner, workspace, ({ status, task }) => status === 'archived' && task === null);
    expect(archived).toMatchObject({ container: { id: null, status: null }, desired: 'stopped', nextStep: expect.stringMatching(/^Restore it to go on/) as string });
    const labelled = (...kind: string[]) => execFileSync('docker', [...kind, '--filter', `label=anyon.workspace=${workspace.id}`, '--format', '{{.ID}}'], { encoding: 'utf8' });
    expect([labelled('ps', '--all'), labelled('network', 'ls')]).toEqual(['', '']);
    await expect(startWorkspace(await access(workspace.id))).rejects.toMatchObject({ kind: 'conflict', message: 'This workspace is archived. Restore it first.' });
    await expect(startRun(await access(workspace.id), { prompt: 'hello' })).rejects.toMatchObject({ kind: 'precondition', message: 'The workspace is archived, not running. Restore it first.' });
    expect(await archiveWorkspace(await access(workspace.id))).toMatchObject({ status: 'archived', task: null });

    expect(await restoreWorkspace(await access(workspace.id))).toMatchObject({ status: 'stopped', statusReason: null });
    expect(await restoreWorkspace(await access(workspace.id))).toMatchObject({ status: 'stopped' });
    const again = await start(workspace.id);
    expect(again.status).toBe('running');
    expect(existsSync(path.join(product.directory, 'data/workspaces', workspace.id, 'files/repo/mine.txt'))).toBe(true);
    await expect(restoreWorkspace(await access(workspace.id))).rejects.toMatchObject({ kind: 'conflict', message: expect.stringMatching(/not archived/) as string });
    await stop(workspace.id);
  });
});

describe('idle stop', () => {
  const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);
  async function lastUsed(id: string, minutes: number): Promise<void> {
    await database().update(workspaces).set({ lastUsedAt: minutesAgo(minutes), statusSince: minutesAgo(minutes) }).where(eq(workspaces.id, id));
  }

  it('stops what nobody has used for so long, and says so', async () => {
    const workspace = await create({ idleStopMinutes: 30 });
    expect(Math.abs((workspace.idleStopAt?.getTime() ?? 0) - Date.now() - 30 * 60_000)).toBeLessThan(10_000);
    await lastUsed(workspace.id, 29);
    expect(await stopIdleWorkspaces()).toEqual([]);
    await lastUsed(workspace.id, 31);
    expect(await stopIdleWorkspaces()).toEqual([workspace.id]);
    const stopped = await workspaceWhere(owner, workspace, ({ status, task }) => status === 'stopped' && task === null);
    expect(stopped).toMatchObject({ statusReason: 'Stopped because nobody used it for 30 minutes.', nextStep: 'Start it to go on. Its files are kept.', desired: 'stopped', idleStopAt: null });
    expect(await stopIdleWorkspaces()).toEqual([]);
  });

  it('counts a change, a start and the end of a run as use, and never comes while a run is live', async () => {
    const workspace = await create({ idleStopMinutes: 5 });
    const run = await longRun(workspace.id);
    await lastUsed(workspace.id, 600);
    expect((await getWorkspace(await access(workspace.id))).idleStopAt).toBeNull();
    expect(await stopIdleWorkspaces()).toEqual([]);
    await end(run);
    expect(await stopIdleWorkspaces()).toEqual([]);
    await database().update(runs).set({ finishedAt: minutesAgo(6) }).where(eq(runs.id, run.id));
    await changeWorkspace(await access(workspace.id), { name: 'Used' });
    expect(await stopIdleWorkspaces()).toEqual([]);
    await lastUsed(workspace.id, 6);
    expect(await stopIdleWorkspaces()).toEqual([workspace.id]);
    await workspaceWhere(owner, workspace, ({ status, task }) => status === 'stopped' && task === null);
    await start(workspace.id);
    expect(await stopIdleWorkspaces()).toEqual([]);
    await stop(workspace.id);
  });

  it('does not come between a person and the run that they are just starting', async () => {
    const workspace = await create({ idleStopMinutes: 5 });
    for (let round = 0; round < 10; round += 1) {
      await lastUsed(workspace.id, 6);
      const own = await access(workspace.id);
      const [asked, started] = await Promise.allSettled([stopIdleWorkspaces(), startRun(own, { prompt: '[[sim:text text="hello"]]' })]);
      if (asked.status === 'rejected') throw asked.reason;
      if (started.status === 'rejected' && asked.value.length === 0) throw started.reason; // neither of the two: say why
      expect(asked.value).toEqual(started.status === 'fulfilled' ? [] : [workspace.id]); // the one or the other
      if (started.status === 'fulfilled') {
        const run = await endedRun(owner, started.value);
        expect(run.status).toBe('succeeded');
        await database().update(runs).set({ finishedAt: minutesAgo(600) }).where(eq(runs.id, run.id));
      } else {
        expect(started.reason).toMatchObject({ kind: 'precondition', message: expect.stringMatching(/being stopped/) as string });
        await workspaceWhere(owner, workspace, ({ status, task }) => status === 'stopped' && task === null);
        await start(workspace.id);
      }
    }
    await stop(workspace.id);
  });

  it('is on for nobody unless they or the install chose it', async () => {
    const workspace = await create();
    await lastUsed(workspace.id, 100_000);
    expect(await stopIdleWorkspaces()).toEqual([]);
    expect(readFileSync(path.join(product.directory, 'data/workspaces', workspace.id, 'files/repo/README.md'), 'utf8')).toBe('# Hello\n');
    await stop(workspace.id);
  });
});
