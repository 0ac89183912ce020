import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import type { DiffFile } from '@/contract/review';
import type { RunView } from '@/contract/run';
import type { WorkspaceView } from '@/contract/workspace';
import { followUps, runs } from '@/db/schema';
import { database } from '@/server/database';
import { enqueueRun } from '@/server/queue/queue';
import { requireRunAccess, type RunAccess } from '@/server/runs/access';
import { addFollowUp } from '@/server/runs/follow-ups/add-follow-up';
import { addComment, changeComment, listComments, removeComment } from '@/server/runs/review/review-comments';
import { readReviewFile } from '@/server/runs/review/review-file';
import { restoreRun } from '@/server/runs/review/restore-run';
import { revertFile } from '@/server/runs/review/revert-file';
import { readRunDiff } from '@/server/runs/review/run-diff';
import { sendReview } from '@/server/runs/review/send-review';
import { startRun } from '@/server/runs/start-run';
import { stopRun } from '@/server/runs/stop-run';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { restoreCheckpoint } from '@/server/workspaces/checkpoints/restore-checkpoint';
import { stopWorkspace } from '@/server/workspaces/stop-workspace';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';
import { endedRun, runningWorkspace, runWhere, workspaceWhere } from '@/tests/setup/wait-for-state';

/** The diff of a run and its review, end to end: the real CLI in the real engine changes files, a person looks, comments, puts back. */
let product: TestProduct;
let owner: Actor;
let worker: TestWorker;
let workspace: WorkspaceView;

beforeAll(async () => {
  product = await startTestProduct();
  owner = await product.addUser('owner');
  worker = await startTestWorker();
  const repositoryUrl = product.addRepository('hello', { 'README.md': '# Hello\n', 'a.txt': 'one\ntwo\nthree\n', '.gitignore': '*.log\n' });
  workspace = await runningWorkspace(owner, { repositoryUrl, limits: { memoryBytes: 1024 ** 3 } });
});

afterAll(async () => {
  await worker?.stop();
  await product?.close();
});

const access = (run: Pick<RunView, 'id'>, actor = owner): Promise<RunAccess> => requireRunAccess(actor, run.id);

async function ended(run: Pick<RunView, 'id'>): Promise<RunView> {
  const view = await endedRun(owner, run);
  expect([view.status, view.statusReason]).toEqual(['succeeded', null]);
  return view;
}

const bash = (cmd: string) => `[[sim:bash cmd=${JSON.stringify(cmd)}]]`;
const start = async (prompt: string) => startRun(await requireWorkspaceAccess(owner, workspace.id), { prompt });
async function next(run: RunView, prompt: string): Promise<RunView> {
  const { startedRun } = await addFollowUp(await access(run), { prompt, now: false });
  if (!startedRun) throw new Error('The follow-up waits.');
  return startedRun;
}
const rowOf = async ({ id }: Pick<RunView, 'id'>) => (await database().select().from(runs).where(eq(runs.id, id)))[0];
const names = (files: readonly Pick<DiffFile, 'status' | 'path'>[]) => files.map(({ status, path: name }) => `${status} ${name}`);
const idOf = (name: string) => createHash('sha1').update(name).digest('hex');
const worktree = (run: Pick<RunView, 'id'>) => path.join(product.directory, 'data/workspaces', workspace.id, 'files/worktrees', run.id);
const inContainer = (...argv: string[]) => execFileSync('docker', ['exec', '-u', 'anyon', workspace.container.id ?? '', ...argv], { encoding: 'utf8' });

describe('the diff of a run', () => {
  let first: RunView;
  let second: RunView;

  it('is against where it began, and against where its conversation began, live and kept', async () => {
    const begun = await start(`${bash('echo new > n.txt; echo no > x.log; sed -i s/two/2/ a.txt')} ${bash('until [ -e /tmp/go-on ]; do sleep 0.2; done')}`);
    let live = await readRunDiff(await access(begun));
    while (!live.patch.includes('+2')) {
      await sleep(100);
      live = await readRunDiff(await access(begun)).catch(() => live); // not yet
      if (!live.live) break;
    }
    expect([live.live, names(live.files)]).toEqual([true, ['modified a.txt', 'added n.txt']]);
    expect(await readReviewFile(await access(begun), { fileId: idOf('a.txt'), against: 'run', what: 'old' })).toBe('one\ntwo\nthree\n');
    await expect(revertFile(await access(begun), { fileId: idOf('a.txt'), against: 'run' })).rejects.toMatchObject({ kind: 'conflict', message: expect.stringMatching(/^Run #\d+ is at work in these files\./) as string });
    inContainer('touch', '/tmp/go-on');
    first = await ended(begun);
    const kept = await readRunDiff(await access(first));
    expect(kept).toEqual({ ...live, live: false, baseCommit: expect.stringMatching(/^[0-9a-f]{40}$/) as string });
    expect(first.changedFiles.map(({ path: name }) => name)).toEqual(['a.txt', 'n.txt']);

    inContainer('bash', '-c', `echo by hand > /workspace/worktrees/${first.id}/hand.txt`); // between two runs
    second = await ended(await next(first, bash('git add -A; git commit -qm work; echo more >> n.txt; rm README.md')));
    const own = await readRunDiff(await access(second));
    expect(names(own.files)).toEqual(['deleted README.md', 'modified n.txt']);
    const whole = await readRunDiff(await access(second), 'conversation');
    expect(names(whole.files)).toEqual(['deleted README.md', 'modified a.txt', 'added hand.txt', 'added n.txt']);
    expect(whole.patch).toContain('+by hand');
    expect(await readRunDiff(await access(first), 'conversation')).toEqual(kept); // it began with this run
    const [one, two] = [await rowOf(first), await rowOf(second)];
    for (const commit of [one?.treeBefore, one?.treeAfter, two?.treeBefore, two?.treeAfter]) expect(commit).toMatch(/^[0-9a-f]{40}$/);
    expect(inContainer('git', '-C', '/workspace/repo', 'diff', '--name-only', one?.treeAfter ?? '', two?.treeBefore ?? '')).toBe('hand.txt\n');
  });

  it('of a run whose worker went away is kept by the next', async () => {
    const begun = await next(second, `${bash('echo late > late.txt')} ${bash('sleep 2')}`);
    await runWhere(owner, begun, ({ status }) => status === 'running');
    await worker.stop();
    worker = await startTestWorker();
    await enqueueRun(database(), { runId: begun.id }); // the sweep of the worker process does it
    const third = await ended(begun);
    expect(names((await readRunDiff(await access(third))).files)).toEqual(['added late.txt']);
    expect(names((await readRunDiff(await access(third), 'conversation')).files)).toContain('modified a.txt');
  });

  it('hands over a large file when asked, and nothing to somebody else', async () => {
    const run = await ended(await start(`${bash('seq 1 200000 > large.txt')} ${bash('printf 1 > \'a `b\' ; head -c 5000 /dev/urandom > bin')}`));
    const { files, patch } = await readRunDiff(await access(run));
    expect(files.map(({ path: name, omitted, binary, newSize }) => [name, omitted, binary, newSize])).toEqual([['a `b', null, false, null], ['bin', null, true, 5000], ['large.txt', 'large', false, null]]);
    expect(patch).not.toContain('+199999');
    expect(await readReviewFile(await access(run), { fileId: idOf('large.txt'), against: 'run', what: 'patch' })).toContain('\n+199999\n');
    await expect(readReviewFile(await access(run), { fileId: idOf('absent'), against: 'run', what: 'patch' })).rejects.toMatchObject({ kind: 'precondition', message: expect.stringMatching(/no longer part of the diff/) as string });
    await expect(access(run, await product.addUser('stranger'))).rejects.toMatchObject({ kind: 'not_found' });
  });

  it('takes a file back, and restores the end of an earlier run; what was there is a checkpoint', async () => {
    const tree = worktree(first);
    const undone = await revertFile(await access(second), { fileId: idOf('a.txt'), against: 'conversation' });
    expect(undone).toMatchObject({ cause: 'restore', tree: `worktrees/${first.id}`, runNumber: first.number });
    expect(readFileSync(path.join(tree, 'a.txt'), 'utf8')).toBe('one\ntwo\nthree\n');
    await expect(revertFile(await access(second), { fileId: idOf('a.txt'), against: 'conversation' })).rejects.toMatchObject({ kind: 'conflict', message: expect.stringContaining('as it was by now') as string });
    await restoreCheckpoint(await requireWorkspaceAccess(owner, workspace.id), undone.id);
    expect(readFileSync(path.join(tree, 'a.txt'), 'utf8')).toBe('one\n2\nthree\n');

    const before = await restoreRun(await access(first));
    expect(inContainer('ls', `/workspace/worktrees/${first.id}`)).toBe('README.md\na.txt\nn.txt\nx.log\n');
    expect(readFileSync(path.join(tree, 'n.txt'), 'utf8')).toBe('new\n');
    await restoreCheckpoint(await requireWorkspaceAccess(owner, workspace.id), before.id);
    expect(inContainer('ls', `/workspace/worktrees/${first.id}`)).toBe('a.txt\nhand.txt\nlate.txt\nn.txt\nx.log\n');
    await database().update(runs).set({ treeAfter: null }).where(eq(runs.id, second.id));
    await expect(restoreRun(await access(second))).rejects.toMatchObject({ kind: 'precondition' });
  });
});

describe('comments', () => {
  const comment = (run: RunView, body: string, actor = owner, more = {}) => access(run, actor).then((of) => addComment(of, { path: 'README.md', side: 'new', line: 2, lineText: 'hello there', body, ...more }));

  it('are seen by everybody who may see the run and changed by their author alone', async () => {
    const admin = await product.addUser('admin', 'admin');
    const run = await ended(await start('[[sim:bash cmd="echo hello there >> README.md"]]'));
    const { id } = await comment(run, 'Say who is greeted.');
    await comment(run, 'Remove this.', admin, { line: 1, side: 'old', lineText: '# Hello' });
    expect((await listComments(await access(run, admin))).map(({ author, line, sentAt }) => [author.login, line, sentAt])).toEqual([['admin', 1, null], ['owner', 2, null]]);
    await expect(changeComment(await access(run, admin), { commentId: id, body: 'No.' })).rejects.toMatchObject({ kind: 'forbidden' });
    await expect(removeComment(await access(run, admin), { commentId: id })).rejects.toMatchObject({ kind: 'forbidden' });
    await changeComment(await access(run), { commentId: id, body: 'Say who is greeted, by ghp_123456789012345678901234567890123456.' });
    expect((await listComments(await access(run)))[1]?.body).not.toContain('ghp_1234');

    // All of them become one follow-up, which Claude gets as the next run.
    const { startedRun, followUpId } = await sendReview(await access(run), { words: 'Two things. [[sim:text text="understood"]]' });
    const [followUp] = await database().select().from(followUps).where(eq(followUps.id, followUpId));
    expect(followUp?.prompt).toMatch(/^Two things\..*There are 2 review comments on your changes:\n\n1\. `README\.md`, line 1 of the file before your changes:\n {3}> # Hello\n\n {3}Remove this\.\n\n2\. `README\.md`, line 2:\n {3}> hello there\n\n {3}Say who is greeted/s);
    expect(await ended(startedRun ?? { id: '' })).toMatchObject({ resumesRunId: run.id, resultText: expect.stringContaining('understood') as string });
    const sent = await listComments(await access(run));
    expect(sent.every(({ sentAt }) => sentAt !== null)).toBe(true);
    await expect(removeComment(await access(run), { commentId: id })).rejects.toMatchObject({ kind: 'conflict' });
    await expect(sendReview(await access(run), {})).rejects.toMatchObject({ kind: 'precondition', message: expect.stringMatching(/^There are no comments to send/) as string });
  });

  it('are all sent or none, and wait while a run is on', async () => {
    const run = await start('[[sim:bash cmd="sleep 600"]]');
    await comment(run, 'One.');
    await comment(run, 'Two.');
    const both = await Promise.allSettled([sendReview(await access(run), {}), sendReview(await access(run), {})]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(both.find((one) => one.status === 'rejected')?.reason).toMatchObject({ kind: expect.stringMatching(/^(conflict|precondition)$/) as string });
    const waiting = await database().select().from(followUps).where(eq(followUps.runId, run.id));
    expect(waiting.map(({ status }) => status)).toEqual(['waiting']);
    expect((await listComments(await access(run))).map(({ sentAt }) => sentAt !== null)).toEqual([true, true]);
    await runWhere(owner, run, ({ status }) => status === 'running');
    await stopRun(await access(run));
    await endedRun(owner, run);
  });

  it('and kept diffs are there when the container is not', async () => {
    const run = await ended(await start('[[sim:write path=late.txt content="x"]]'));
    await stopWorkspace(await requireWorkspaceAccess(owner, workspace.id));
    await workspaceWhere(owner, workspace, ({ status }) => status === 'stopped');
    for (const against of ['run', 'conversation'] as const) expect(names((await readRunDiff(await access(run), against)).files)).toEqual(['added late.txt']);
    await comment(run, 'Later.');
    const of = await access(run);
    const tries = [() => readReviewFile(of, { fileId: idOf('late.txt'), against: 'run', what: 'patch' }), () => revertFile(of, { fileId: idOf('late.txt'), against: 'run' }), () => restoreRun(of)];
    for (const refused of tries) {
      await expect(refused()).rejects.toMatchObject({ kind: 'precondition', message: expect.stringMatching(/^The workspace must be running to /) as string });
    }
  });
});
