import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import type { RunView } from '@/contract/run';
import type { WorkspaceView } from '@/contract/workspace';
import { requireRunAccess } from '@/server/runs/access';
import { readRunDiff } from '@/server/runs/review/run-diff';
import { startRun } from '@/server/runs/start-run';
import { stopRun } from '@/server/runs/stop-run';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { deleteWorkspace } from '@/server/workspaces/delete-workspace';
import { startWorkspace } from '@/server/workspaces/start-workspace';
import { stopWorkspace } from '@/server/workspaces/stop-workspace';
import { listWorkspaces } from '@/server/workspaces/workspace-queries';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';
import { endedRun, madeWorkspace, runWhere, workspaceWhere } from '@/tests/setup/wait-for-state';

/** The domain end to end without a browser: the real engine, the real CLI, the real Postgres and queue, a real git server. */
let product: TestProduct;
let owner: Actor;
let worker: TestWorker;

beforeAll(async () => {
  product = await startTestProduct();
  owner = await product.addUser('owner');
  worker = await startTestWorker();
});

afterAll(async () => {
  await worker?.stop();
  await product?.close();
});

async function create(repositoryUrl: string, branch?: string): Promise<WorkspaceView> {
  return madeWorkspace(owner, { repositoryUrl, branch, limits: { memoryBytes: 1024 ** 3 } });
}

async function start(workspaceId: string, prompt: string): Promise<RunView> {
  return startRun(await requireWorkspaceAccess(owner, workspaceId), { prompt });
}

describe('a workspace and its runs', () => {
  let workspace: WorkspaceView;

  it('is created from a real repository, with a checklist that tells the seconds of every step', async () => {
    const url = product.addRepository('hello', { 'README.md': '# Hello\n', 'CLAUDE.md': 'Always be brief.\n' }, ['develop']);
    workspace = await create(url, 'develop');
    expect(workspace.statusReason).toBeNull();
    expect(workspace.status).toBe('running');
    expect(workspace.steps.map(({ name, status }) => `${name} ${status}`)).toEqual(['image done', 'container done', 'network done', 'clone done', 'setup done', 'ready done']);
    for (const step of workspace.steps) expect(step.endedAt?.getTime()).toBeGreaterThanOrEqual(step.startedAt?.getTime() ?? Number.NaN);
    const files = execFileSync('docker', ['exec', workspace.container.id ?? '', 'git', '-C', '/workspace/repo', 'branch', '--show-current'], { encoding: 'utf8' });
    expect(files.trim()).toBe('develop');
  });

  it('runs Claude Code in a worktree and branch of its own and keeps log, result, usage and diff', async () => {
    const started = await start(workspace.id, '[[sim:write path=notes.txt content="written by a run"]]');
    expect(started.status).toBe('queued');
    const run = await endedRun(owner, started);
    expect(run.statusReason).toBeNull();
    expect(run.status).toBe('succeeded');
    expect(run.exitCode).toBe(0);
    expect(run.changedFiles.map((file) => file.path)).toEqual(['notes.txt']);
    expect(run.usage.outputTokens).toBeGreaterThan(0);
    expect(run.baseCommit).toMatch(/^[0-9a-f]{40}$/);
    expect(run.resultText).toBeTruthy();
    const diff = await readRunDiff(await requireRunAccess(owner, run.id));
    expect(diff.patch).toContain('+written by a run');
    const log = readFileSync(path.join(product.directory, 'data/runs', run.id, 'out.log'), 'utf8');
    expect(Buffer.byteLength(log)).toBe(run.outBytes);
    expect(log).toContain('"type":"result"');
    const main = execFileSync('docker', ['exec', workspace.container.id ?? '', 'git', '-C', '/workspace/repo', 'status', '--porcelain'], { encoding: 'utf8' });
    expect(main).toBe('');
  });

  it('judges a run whose answer is longer than an event may be', async () => {
    const started = await start(workspace.id, '[[sim:huge mb=2]]');
    const run = await endedRun(owner, started);
    expect(run.statusReason).toBeNull();
    expect(run.status).toBe('succeeded');
    expect(run.model).toMatch(/claude/);
    expect(run.usage.outputTokens).toBeGreaterThan(0);
  });

  it('tells a failing API apart from a success', async () => {
    const started = await start(workspace.id, '[[sim:error status=400]]');
    const run = await endedRun(owner, started);
    expect(run.status).toBe('failed');
    expect(run.statusReason).toMatch(/credit balance/i);
  });

  it('stops in the middle of a tool call within five seconds and leaves no process behind', async () => {
    const started = await start(workspace.id, '[[sim:bash cmd="tail -f /dev/null"]]');
    await runWhere(owner, started, ({ status, outBytes }) => status === 'running' && outBytes > 0);
    await waitForProcess(workspace.container.id ?? '', 'tail -f');
    const asked = Date.now();
    await stopRun(await requireRunAccess(owner, started.id));
    const run = await endedRun(owner, started);
    expect(run.status).toBe('stopped');
    expect(run.statusReason).toBe('Stopped by owner.');
    expect(Date.now() - asked).toBeLessThan(5_000);
    expect(processes(workspace.container.id ?? '')).not.toMatch(/tail -f|claude/);
  });

  it('ends its live runs as interrupted when it is stopped, and comes up again with its files', async () => {
    const started = await start(workspace.id, '[[sim:bash cmd="tail -f /dev/null"]]');
    await runWhere(owner, started, ({ status }) => status === 'running');
    await stopWorkspace(await requireWorkspaceAccess(owner, workspace.id));
    await workspaceWhere(owner, workspace, ({ status }) => status === 'stopped');
    const run = await endedRun(owner, started);
    expect(run.status).toBe('interrupted');
    await expect(start(workspace.id, 'hello')).rejects.toThrow(/The workspace is stopped, not running. Start it first./);
    await startWorkspace(await requireWorkspaceAccess(owner, workspace.id));
    const again = await workspaceWhere(owner, workspace, ({ status }) => status !== 'creating');
    expect(again.status).toBe('running');
    const next = await start(workspace.id, '[[sim:text text="still here"]]');
    expect((await endedRun(owner, next)).status).toBe('succeeded');
  });

  it('is removed with everything that belongs to it, the transcripts of Claude included (SEC-16)', async () => {
    const transcripts = () => readdirSync(product.directory, { recursive: true, encoding: 'utf8' }).filter((file) => /\/projects\/.*\.jsonl$/.test(file));
    expect(transcripts()).not.toEqual([]);
    await deleteWorkspace(await requireWorkspaceAccess(owner, workspace.id));
    while ((await listWorkspaces(owner)).length > 0) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(existsSync(path.join(product.directory, 'data/workspaces', workspace.id))).toBe(false);
    expect(transcripts()).toEqual([]);
    const left = execFileSync('docker', ['ps', '-aq', '--filter', `label=anyon.workspace=${workspace.id}`], { encoding: 'utf8' });
    expect(left).toBe('');
  });
});

describe('a workspace that cannot be made says why', () => {
  it.each([
    ['an absent branch', 'bare', 'no-such-branch', /The branch "no-such-branch" does not exist/],
    ['an absent repository', 'absent', undefined, /There is no git repository at/],
    ['a private repository', 'private-thing', undefined, /is private or does not exist/],
  ])('%s', async (_name, repository, branch, sentence) => {
    if (repository === 'bare') product.addRepository('bare', { a: 'b' });
    const workspace = await create(`${product.gitUrl}/${repository}.git`, branch);
    expect(workspace.status).toBe('unhealthy');
    expect(workspace.statusReason).toMatch(sentence);
    expect(workspace.steps.find(({ name }) => name === 'clone')?.status).toBe('failed');
    await deleteWorkspace(await requireWorkspaceAccess(owner, workspace.id));
  });
});

function processes(container: string): string {
  return execFileSync('docker', ['top', container, '-eo', 'pid,args'], { encoding: 'utf8' });
}

async function waitForProcess(container: string, args: string): Promise<void> {
  while (!processes(container).includes(args)) await new Promise((resolve) => setTimeout(resolve, 100));
}
