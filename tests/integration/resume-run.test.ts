import { execFileSync } from 'node:child_process';
import { readdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import type { RunView } from '@/contract/run';
import type { WorkspaceView } from '@/contract/workspace';
import { containerEngine } from '@/server/containers/container-engine';
import { requireRunAccess } from '@/server/runs/access';
import { readRunDiff } from '@/server/runs/review/run-diff';
import { resumeRun } from '@/server/runs/resume-run';
import { startRun } from '@/server/runs/start-run';
import { stopRun } from '@/server/runs/stop-run';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { listenToClaude, type ClaudeWire } from '@/tests/setup/claude-wire';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';
import { endedRun, runningWorkspace, workspaceWhere } from '@/tests/setup/wait-for-state';

/** Going on with a run that ended: the real CLI in the real engine, with the simulator in Claude's place and a listener before it. */
const MIB = 1024 ** 2;
let product: TestProduct;
let owner: Actor;
let worker: TestWorker;
let wire: ClaudeWire;
let workspace: WorkspaceView;

beforeAll(async () => {
  product = await startTestProduct();
  wire = await listenToClaude(product);
  owner = await product.addUser('owner');
  worker = await startTestWorker();
  const repositoryUrl = product.addRepository('hello', { 'README.md': '# Hello\n' });
  workspace = await runningWorkspace(owner, { repositoryUrl, limits: { memoryBytes: 512 * MIB } });
});

afterAll(async () => {
  await worker?.stop();
  await wire?.close();
  await product?.close();
});

const end = (run: RunView) => endedRun(owner, run);
/** The messages to Claude that hold this text. */
const requestsWith = (text: string) => wire.requests.map(({ body }) => body).filter((body) => body.includes(text));
const start = async (prompt: string) => startRun(await requireWorkspaceAccess(owner, workspace.id), { prompt });
const resume = async (run: RunView, input: Parameters<typeof resumeRun>[1] = {}) => resumeRun(await requireRunAccess(owner, run.id), input);

/** Each child is smaller than Claude itself, so that the kernel's choice falls on Claude. */
const eatMemory = `perl -e 'for (1..12) { next if fork; $x = "x" x 60_000_000; sleep 60; exit } sleep 60'`;

describe('N9 a run that ran out of memory', () => {
  let killed: RunView;

  it('says so with the limit and the peak, and what helps', async () => {
    killed = await end(await start(`[[sim:write path=kept.txt content="before the end\\n"]] [[sim:bash cmd="${eatMemory.replaceAll('"', '\\"')}" timeout=60000]]`));
    expect(killed.status).toBe('failed');
    expect(killed.outOfMemory).toBe(true);
    expect(killed.statusReason).toMatch(/^The run needed more memory than its workspace has, and was ended: the limit is 512 MiB, and 5\d\d MiB were in use at the peak\.$/);
    expect(killed.nextStep).toBe('Give the workspace more memory and resume the run: Claude goes on where it was.');
  });

  it('goes on with more memory, given live, in the same Claude session, worktree and branch', async () => {
    const container = (await workspaceWhere(owner, workspace, () => true)).container;
    await expect(resume(killed, { memoryBytes: 256 * MIB })).rejects.toMatchObject({ kind: 'invalid', message: expect.stringMatching(/^The workspace has 512 MiB of memory already/) });
    const resumed = await resume(killed, { memoryBytes: 2048 * MIB, prompt: '[[sim:bash cmd="cat kept.txt && echo and after >> kept.txt"]] [[sim:text text="done now"]]' });
    expect(resumed).toMatchObject({ resumesRunId: killed.id, claudeSessionId: killed.claudeSessionId, branch: killed.branch, number: killed.number + 1 });
    const run = await end(resumed);
    expect(run.statusReason).toBeNull();
    expect(run.status).toBe('succeeded');

    // The conversation went on: the request that carried the new prompt carried the old one and its answers too.
    const [request = ''] = requestsWith('and after >> kept.txt');
    expect(request).toContain('before the end');
    expect(transcriptsOf(killed)).toEqual([`${killed.claudeSessionId}.jsonl`]);
    // The worktree too: what the first had written was there, and both are in the diff of the conversation.
    expect((await readRunDiff(await requireRunAccess(owner, run.id), 'conversation')).patch).toMatch(/\+before the end.*\+and after/s);
    // The memory: the same container, with the new limit.
    const now = await workspaceWhere(owner, workspace, () => true);
    expect(now.limits.memoryBytes).toBe(2048 * MIB);
    expect(now.container).toMatchObject({ id: container.id, startedAt: container.startedAt });
    expect((await containerEngine().inspectContainer(container.id ?? ''))?.limits.memoryBytes).toBe(2048 * MIB);
  });
});

describe('a run that ended otherwise', () => {
  it('goes on after a failure of the API, and again after that, always in the first one’s place', async () => {
    const failed = await end(await start('[[sim:write path=notes.txt content="one"]] [[sim:error status=400]]'));
    expect(failed.status).toBe('failed');
    expect(failed.nextStep).toBe('Read the end of the log, then resume it or start another run.');
    const second = await end(await resume(failed));
    expect(second.statusReason).toBeNull();
    expect(second).toMatchObject({ status: 'succeeded', prompt: 'Go on where you stopped.', resumesRunId: failed.id });
    const third = await end(await resume(second, { prompt: '[[sim:bash cmd="cat notes.txt"]] [[sim:text text="the third word"]]' }));
    expect(third).toMatchObject({ status: 'succeeded', resumesRunId: second.id, branch: failed.branch });
    const [request = ''] = requestsWith('the third word');
    expect(request).toContain('Go on where you stopped.');
    expect(request).toContain('notes.txt');
    expect(transcriptsOf(failed)).toEqual([`${failed.claudeSessionId}.jsonl`]);
  });

  it('goes on after a stop, and cannot twice at once', async () => {
    const stopped = await start('[[sim:bash cmd="tail -f /dev/null"]]');
    await expect(resume(stopped)).rejects.toMatchObject({ kind: 'conflict', message: expect.stringContaining('is still on') });
    while (!execFileSync('docker', ['top', workspace.container.id ?? '', '-eo', 'pid,args'], { encoding: 'utf8' }).includes('tail -f')) await sleep(100);
    await stopRun(await requireRunAccess(owner, stopped.id));
    const ended = await end(stopped);
    expect(ended.status).toBe('stopped');
    const both = await Promise.allSettled([resume(ended, { prompt: '[[sim:bash cmd="sleep 3"]]' }), resume(ended, { prompt: '[[sim:bash cmd="sleep 3"]]' })]);
    const [won] = both.filter((one) => one.status === 'fulfilled');
    const [lost] = both.filter((one) => one.status === 'rejected');
    expect(lost?.reason).toMatchObject({ kind: 'conflict', message: expect.stringMatching(/^Run #\d+ is at work in this session already\./) });
    if (won) expect((await end(won.value)).status).toBe('succeeded');
  });

  it('cannot go on when its worktree is gone, when Claude had not begun, or for somebody else', async () => {
    const run = await end(await start('[[sim:text text="hello"]]'));
    const worktree = path.join(product.directory, 'data/workspaces', workspace.id, 'files/worktrees', run.id);
    renameSync(worktree, `${worktree}.gone`);
    await expect(resume(run)).rejects.toMatchObject({ kind: 'precondition', message: `The worktree of run #${run.number} does not exist any more, so there is nothing to go on with. Start another run.` });
    renameSync(`${worktree}.gone`, worktree);
    renameSync(claudeFiles(run), `${claudeFiles(run)}.gone`);
    await expect(resume(run)).rejects.toMatchObject({ kind: 'precondition', message: expect.stringMatching(/^Claude had not begun when run #\d+ ended/) });
    const stranger = await product.addUser('stranger');
    await expect(requireRunAccess(stranger, run.id)).rejects.toMatchObject({ kind: 'not_found' });
  });
});

function claudeFiles(run: RunView): string {
  return path.join(product.directory, 'data/workspaces', workspace.id, 'files/.anyon/claude', run.id);
}

/** Names of the conversations that the CLI keeps for the session of this first run. */
function transcriptsOf(run: RunView): string[] {
  return readdirSync(path.join(claudeFiles(run), 'projects'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => path.basename(name));
}
