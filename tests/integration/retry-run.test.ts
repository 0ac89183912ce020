import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import type { RunView } from '@/contract/run';
import type { WorkspaceView } from '@/contract/workspace';
import { workspaceFilesDir } from '@/server/deployment/paths';
import { requireRunAccess } from '@/server/runs/access';
import { addFollowUp } from '@/server/runs/follow-ups/add-follow-up';
import { readQueue } from '@/server/runs/follow-ups/follow-up-queue';
import { retryRun } from '@/server/runs/retry-run';
import { listRuns } from '@/server/runs/run-queries';
import { startRun } from '@/server/runs/start-run';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { listenToClaude, type ClaudeWire } from '@/tests/setup/claude-wire';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';
import { endedRun, runningWorkspace, runWhere } from '@/tests/setup/wait-for-state';

/** A conversation of several runs, and starting again from the middle of it: the real CLI in the real engine, the simulator in Claude's place. */
let product: TestProduct;
let owner: Actor;
let worker: TestWorker;
let wire: ClaudeWire;
let workspace: WorkspaceView;
/** The conversation that is tried again: three runs. */
let first: RunView;
let second: RunView;
let third: RunView;

beforeAll(async () => {
  product = await startTestProduct();
  wire = await listenToClaude(product);
  owner = await product.addUser('owner');
  worker = await startTestWorker();
  const repositoryUrl = product.addRepository('hello', { 'README.md': '# Hello\n' });
  workspace = await runningWorkspace(owner, { repositoryUrl, limits: { memoryBytes: 1024 ** 3 } });
});

afterAll(async () => {
  await worker?.stop();
  await wire?.close();
  await product?.close();
});

const access = (run: RunView) => requireRunAccess(owner, run.id);
const start = async (prompt: string) => startRun(await requireWorkspaceAccess(owner, workspace.id), { prompt });
const follow = async (run: RunView, prompt: string, now = false) => addFollowUp(await access(run), { prompt, now });
const retry = async (run: RunView, prompt?: string) => endedRun(owner, await retryRun(await access(run), prompt === undefined ? {} : { prompt }));

/** The run that goes on with this one, when it is over. */
async function nextOf(run: RunView): Promise<RunView> {
  for (;;) {
    const all = await listRuns(await requireWorkspaceAccess(owner, workspace.id), { limit: 100 });
    const next = all.find(({ resumesRunId }) => resumesRunId === run.id);
    if (next) return endedRun(owner, next);
    await sleep(50);
  }
}

/** A file of the working tree that began with this run. */
const fileOf = (run: RunView, name: string) => path.join(workspaceFilesDir(workspace.id), 'worktrees', run.id, name);
const gitIn = (run: RunView, ...args: string[]) => execFileSync('docker', ['exec', '-u', 'anyon', '-w', `/workspace/worktrees/${run.id}`, workspace.container.id ?? '', 'git', ...args], { encoding: 'utf8' });
/** What Claude was sent when it was told this for the first time. */
const sentWith = (text: string) => wire.requests.find(({ body }) => body.includes(text))?.body ?? '';

describe('N14 follow-ups', () => {
  it('become runs of the same conversation, in their order, each knowing what was said before', async () => {
    const begun = await start('[[sim:bash cmd="echo one > one.txt && git add one.txt && git commit -qm one && echo draft > draft.txt && sleep 2"]] [[sim:text text="said in the first"]]');
    expect(await follow(begun, '[[sim:bash cmd="cat one.txt draft.txt && echo two > two.txt && echo changed > draft.txt && git add two.txt && git commit -qm two"]] [[sim:text text="said in the second"]]')).toMatchObject({ startedRun: null });
    await follow(begun, '[[sim:write path=three.txt content="three"]] [[sim:text text="said in the third"]]');
    expect((await readQueue(await access(begun))).waiting).toHaveLength(2);
    second = await nextOf(begun);
    third = await nextOf(second);
    first = await runWhere(owner, begun, () => true);
    expect([first, second, third].map(({ status, statusReason }) => [status, statusReason])).toEqual([['succeeded', null], ['succeeded', null], ['succeeded', null]]);
    expect([second, third].map(({ branch, claudeSessionId }) => [branch, claudeSessionId])).toEqual(Array(2).fill([first.branch, first.claudeSessionId]));
    expect(sentWith('said in the third')).toContain('said in the second');
    expect(sentWith('said in the third')).toContain('said in the first');
    // The next one is asked for as soon as the run before it is over.
    expect(second.createdAt.getTime() - (first.finishedAt?.getTime() ?? 0)).toBeLessThan(3_000);
    expect((await readQueue(await access(first))).waiting).toEqual([]);
  });

  it('that is sent now interrupts the run that is on, and Claude knows what it was doing', async () => {
    const busy = await start('[[sim:bash cmd="echo begun with this && tail -f /dev/null"]]');
    while (!execFileSync('docker', ['top', workspace.container.id ?? '', '-eo', 'pid,args'], { encoding: 'utf8' }).includes('tail -f')) await sleep(200);
    await follow(busy, '[[sim:text text="rather do this"]]', true);
    const next = await nextOf(busy);
    expect((await runWhere(owner, busy, () => true)).status).toBe('stopped');
    expect(next).toMatchObject({ status: 'succeeded', statusReason: null });
    expect(sentWith('rather do this')).toContain('begun with this');
  });
});

describe('N14 a run that is started again from an earlier turn', () => {
  let again: RunView;

  it('begins with the files as they were then, on a branch of its own, and knows what was said before it and nothing after', async () => {
    again = await retry(second, '[[sim:bash cmd="pwd && cat one.txt draft.txt && ls && echo other > other.txt"]] [[sim:text text="said again"]]');
    expect(again.statusReason).toBeNull();
    expect(again).toMatchObject({ status: 'succeeded', retriesRunId: second.id, resumesRunId: null });
    expect(again.claudeSessionId).not.toBe(first.claudeSessionId);
    const asked = sentWith('said again');
    expect(asked).toContain('said in the first');
    expect(asked).not.toContain('said in the second');
    expect(asked).not.toContain('said in the third');
    // It works in its own tree: the old one is not even named.
    expect(asked).not.toContain(`worktrees/${first.id}`);
    expect(asked).toContain(`worktrees/${again.id}`);
    expect(readFileSync(fileOf(again, 'draft.txt'), 'utf8')).toBe('draft\n');
    expect(existsSync(fileOf(again, 'two.txt'))).toBe(false);
    expect(existsSync(fileOf(again, 'three.txt'))).toBe(false);
    expect(gitIn(again, 'log', '--format=%s').trim().split('\n')).toEqual(['one', expect.any(String)]);
    expect(gitIn(again, 'rev-parse', '--abbrev-ref', 'HEAD').trim()).toBe(again.branch);
    expect(gitIn(again, 'status', '--short', '--untracked-files=all').trim().split('\n').sort()).toEqual(['?? draft.txt', '?? other.txt']);
    // What it changed is told from where it began.
    expect(again.changedFiles.map((file) => file.path)).toEqual(['other.txt']);
    // The conversation that it was taken from is as it was.
    expect(readFileSync(fileOf(first, 'draft.txt'), 'utf8')).toBe('changed\n');
    expect(existsSync(fileOf(first, 'three.txt'))).toBe(true);
  });

  it('is a conversation like any other: it goes on, and can itself be started again', async () => {
    await follow(again, '[[sim:text text="after that"]]');
    expect(await nextOf(again)).toMatchObject({ status: 'succeeded', claudeSessionId: again.claudeSessionId, branch: again.branch });
    expect(sentWith('after that')).toContain('said again');
    const once = await retry(again, '[[sim:bash cmd="cat draft.txt"]] [[sim:text text="a third way"]]');
    expect(once.statusReason).toBeNull();
    expect(sentWith('a third way')).toContain('said in the first');
    expect(sentWith('a third way')).not.toContain('said again');
    expect(readFileSync(fileOf(once, 'draft.txt'), 'utf8')).toBe('draft\n');
    expect(existsSync(fileOf(once, 'other.txt'))).toBe(false);
  });

  it('begins with nothing but the commit when it is the first of its conversation, and with the same words unless others are given', async () => {
    const before = wire.requests.length;
    const anew = await retry(first);
    expect(anew).toMatchObject({ status: 'succeeded', prompt: first.prompt, retriesRunId: first.id, baseCommit: first.baseCommit });
    const asked = wire.requests.slice(before).map(({ body }) => body).join('\n');
    expect(asked).not.toContain('said in the second');
    expect(gitIn(anew, 'log', '--format=%s').trim().split('\n')).toHaveLength(2);
  });
});
