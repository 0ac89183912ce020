import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { and, eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { isFinal } from '@/contract/run';
import type { VariantGroup, VariantView } from '@/contract/variant';
import type { WorkspaceView } from '@/contract/workspace';
import { auditEvents, runVariants } from '@/db/schema';
import { database } from '@/server/database';
import { workspaceExchangeDir, workspaceFilesDir } from '@/server/deployment/paths';
import { requireRunAccess } from '@/server/runs/access';
import { addFollowUp } from '@/server/runs/follow-ups/add-follow-up';
import { resumeRun } from '@/server/runs/resume-run';
import { readRunDiff } from '@/server/runs/review/run-diff';
import { listRuns } from '@/server/runs/run-queries';
import { requireVariantAccess } from '@/server/runs/variants/access';
import { checkAgain } from '@/server/runs/variants/check-again';
import { chooseVariant, restoreVariant, unchooseVariant } from '@/server/runs/variants/choose-variant';
import { readVariants } from '@/server/runs/variants/read-variants';
import { startVariants } from '@/server/runs/variants/start-variants';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { requestReconcile } from '@/server/workspaces/reconcile/request-reconcile';
import { stopWorkspace } from '@/server/workspaces/stop-workspace';
import { killWorkers, startWorkerProcess, type WorkerProcess } from '@/tests/faults/worker-process';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { runningWorkspace } from '@/tests/setup/wait-for-state';

/** Several tries of one prompt: the real CLI in the real engine, workers that are processes of their own and are killed, the simulator in Claude's place. */
let product: TestProduct;
let owner: Actor;
let workspace: WorkspaceView;
let worker: WorkerProcess;

beforeAll(async () => {
  product = await startTestProduct();
  owner = await product.addUser('owner');
  worker = startWorkerProcess();
  const repositoryUrl = product.addRepository('hello', { 'README.md': '# Hello\n', '.gitignore': 'ignored.txt\n' });
  workspace = await runningWorkspace(owner, { repositoryUrl, limits: { memoryBytes: 2 * 1024 ** 3 } });
});
afterAll(async () => {
  await killWorkers();
  await product?.close();
});

const access = (group: VariantGroup) => requireVariantAccess(owner, group.id);

async function groupWhere(group: VariantGroup, done: (now: VariantGroup) => boolean): Promise<VariantGroup> {
  for (;;) {
    const now = await readVariants(await access(group));
    if (done(now)) return now;
    await sleep(100);
  }
}

const start = async (input: Partial<Parameters<typeof startVariants>[1]>) => startVariants(await requireWorkspaceAccess(owner, workspace.id), { prompt: 'Say hello', models: [null, null], checkMinutes: 10, ...input });
const every = (is: (variant: VariantView) => boolean) => ({ variants }: VariantGroup) => variants.every(is);
const worktree = ({ runId }: VariantView) => path.join(workspaceFilesDir(workspace.id), 'worktrees', runId);
const git = (...args: string[]) => execFileSync('git', ['-C', path.join(workspaceFilesDir(workspace.id), 'repo'), '-c', 'safe.directory=*', ...args], { encoding: 'utf8' });
const at = (group: VariantGroup, position: number) => group.variants[position - 1]!;

/** Each does the same, and tells itself apart by its worktree. */
const prompt = '[[sim:bash cmd="basename \\"$PWD\\" > who.txt; echo work >> work.txt"]] [[sim:text text="Done."]]';

let group: VariantGroup;

it('starts three at once, each on a branch of its own, and checks each after its end; what a check leaves behind is no part of the diff', async () => {
  // The second fails by what its worktree holds; nothing else tells them apart.
  group = await start({ prompt, models: [null, 'sonnet', null], checkCommand: 'echo checked > left-behind.txt\nprintf "\\033[31mred\\033[0m\\n"; test "$CI" = true; test ! -f fails.txt' });
  expect(group.variants.map(({ position, check }) => [position, check?.state])).toEqual([[1, 'waiting'], [2, 'waiting'], [3, 'waiting']]);
  expect(new Set(group.variants.map(({ branch }) => branch)).size).toBe(3);
  expect((await listRuns(await requireWorkspaceAccess(owner, workspace.id), { limit: 10 })).map(({ variant }) => variant)).toEqual([3, 2, 1].map((position) => ({ groupId: group.id, position, of: 3, isChosen: false, isArchived: false })));
  group = await groupWhere(group, every(({ newest, check }) => isFinal(newest.status) && check?.state === 'passed'));
  for (const variant of group.variants) {
    expect(variant).toMatchObject({ newest: { status: 'succeeded' }, runs: 1, said: 'Done.', changes: { files: 2, additions: 2, deletions: 0 }, check: { exitCode: 0, output: 'red\n', reason: null } });
    expect(variant.usage.outputTokens).toBeGreaterThan(0);
    expect(variant.workedMs).toBeGreaterThan(0);
    expect(readFileSync(path.join(worktree(variant), 'who.txt'), 'utf8')).toBe(`${variant.runId}\n`);
    expect(existsSync(path.join(worktree(variant), 'left-behind.txt'))).toBe(true);
    expect((await readRunDiff(await requireRunAccess(owner, variant.runId), 'conversation')).files.map((file) => file.path)).toEqual(['who.txt', 'work.txt']);
  }
  expect(at(group, 2).model).toContain('sonnet');

  writeFileSync(path.join(worktree(at(group, 2)), 'fails.txt'), '');
  await checkAgain(await access(group), at(group, 2).runId);
  group = await groupWhere(group, (now) => at(now, 2).check?.state === 'failed');
  expect(at(group, 2).check).toMatchObject({ exitCode: 1, output: 'red\n' });
  await expect(checkAgain(await access(group), randomUUID())).rejects.toMatchObject({ kind: 'conflict' });
}, 300_000);

it('a follow-up belongs to its variant, and its new end is checked again', async () => {
  const first = at(group, 1);
  await addFollowUp(await requireRunAccess(owner, first.runId), { prompt: '[[sim:bash cmd="echo more >> work.txt"]] [[sim:text text="More is done."]]', now: false });
  group = await groupWhere(group, (now) => at(now, 1).runs === 2 && at(now, 1).newest.status === 'succeeded' && at(now, 1).check?.state === 'passed');
  expect(at(group, 1)).toMatchObject({ said: 'More is done.', branch: first.branch });
  expect(at(group, 1).usage.outputTokens).toBeGreaterThan(first.usage.outputTokens);
  expect(at(group, 1).workedMs).toBeGreaterThan(first.workedMs);
  expect(at(group, 1).changes?.additions).toBeGreaterThanOrEqual(3);
}, 300_000);

it('the others leave when one is chosen, keep everything but what is ignored, and come back as they were', async () => {
  const second = at(group, 2);
  writeFileSync(path.join(worktree(second), 'by-hand.txt'), 'not committed\n');
  writeFileSync(path.join(worktree(second), 'ignored.txt'), 'not kept\n');
  await chooseVariant(await access(group), at(group, 1).runId);
  await chooseVariant(await access(group), at(group, 1).runId);
  group = await groupWhere(group, ({ variants }) => variants.filter((variant) => variant.worktree === 'away').length === 2);
  expect(group.chosen).toMatchObject({ runId: at(group, 1).runId, by: 'owner' });
  expect(existsSync(worktree(at(group, 1)))).toBe(true);
  expect(existsSync(worktree(second))).toBe(false);
  expect(git('worktree', 'list', '--porcelain')).not.toContain(second.runId);
  expect(git('rev-parse', `refs/heads/${second.branch}`)).toMatch(/^[0-9a-f]{40}\n$/);
  const [kept] = git('for-each-ref', '--format=%(objectname)', '--sort=-refname', `refs/anyon/checkpoints/worktrees/${second.runId}`).split('\n');
  expect(git('show', `${kept}:by-hand.txt`)).toBe('not committed\n');

  const workspaceAccess = await requireWorkspaceAccess(owner, workspace.id);
  const numbers = async (archived: boolean) => (await listRuns(workspaceAccess, { limit: 50, archived })).filter(({ variant }) => variant?.groupId === group.id).map(({ variant }) => variant?.position);
  expect(await numbers(false)).toEqual([1, 1]);
  expect(await numbers(true)).toEqual([1, 3, 2, 1]);
  await expect(resumeRun(await requireRunAccess(owner, second.runId), {})).rejects.toMatchObject({ kind: 'precondition', message: expect.stringContaining('archived') });

  const { differences } = await requestReconcile({ cause: 'command', dryRun: true });
  expect(differences.map(({ object, reason }) => `${object}: ${reason}`)).toEqual([]);
  await restoreVariant(await access(group), second.runId);
  group = await groupWhere(group, (now) => at(now, 2).worktree === 'there');
  expect(at(group, 2).archivedAt).toBeNull();
  expect(readFileSync(path.join(worktree(second), 'by-hand.txt'), 'utf8')).toBe('not committed\n');
  expect(existsSync(path.join(worktree(second), 'ignored.txt'))).toBe(false);
  expect(git('worktree', 'list')).toContain(`[${second.branch}]`);
  const resumed = await resumeRun(await requireRunAccess(owner, second.runId), { prompt: '[[sim:bash cmd="cat by-hand.txt"]]' });
  group = await groupWhere(group, (now) => at(now, 2).newest.id === resumed.id && isFinal(at(now, 2).newest.status));
  expect(at(group, 2).newest.status).toBe('succeeded');

  await unchooseVariant(await access(group));
  group = await groupWhere(group, every((variant) => variant.worktree === 'there' && variant.archivedAt === null));
  expect(readFileSync(path.join(worktree(at(group, 3)), 'who.txt'), 'utf8')).toBe(`${at(group, 3).runId}\n`);
  const said = await database().select({ action: auditEvents.action }).from(auditEvents).orderBy(auditEvents.id);
  expect(said.map(({ action }) => action).filter((action) => action.startsWith('variant'))).toEqual(['variant_chosen', 'variant_restored', 'variant_choice_undone']);
}, 300_000);

it('stops what still works when another one is chosen, and refuses to choose what is at work', async () => {
  let race = await start({ prompt: '[[sim:bash cmd="mkdir ../../taken || sleep 100"]]' });
  race = await groupWhere(race, ({ variants }) => variants.some(({ newest }) => isFinal(newest.status)) && variants.some(({ newest }) => newest.status === 'running'));
  const [over, busy] = [true, false].map((final) => race.variants.find(({ newest }) => isFinal(newest.status) === final)!);
  await expect(chooseVariant(await access(race), busy!.runId)).rejects.toMatchObject({ kind: 'conflict', message: expect.stringContaining('still at work') });
  expect((await readVariants(await access(race))).variants.map(({ archivedAt }) => archivedAt)).toEqual([null, null]);
  await chooseVariant(await access(race), over!.runId);
  race = await groupWhere(race, ({ variants }) => variants.some((variant) => variant.worktree === 'away'));
  expect(race.variants.find(({ runId }) => runId === busy?.runId)).toMatchObject({ worktree: 'away', newest: { status: 'stopped', statusReason: expect.stringContaining('owner') } });
}, 300_000);

it('goes on with a check when the worker is killed in the middle of it, once; one whose time was up meanwhile is ended', async () => {
  const [began, lateBegan] = ['began.txt', 'late-began.txt'].map((name) => path.join(workspaceFilesDir(workspace.id), name)) as [string, string];
  const isOn = ({ variants }: VariantGroup) => variants.some(({ check }) => check?.state === 'running');
  const slow = await start({ prompt: '[[sim:text text="ready"]]', checkCommand: 'echo began >> ../../began.txt\nwhile [ ! -e ../../may-end ]; do sleep 0.1; done; echo ended' });
  await groupWhere(slow, (now) => isOn(now) && existsSync(began));
  await worker.kill();
  worker = startWorkerProcess();
  await groupWhere(slow, every(({ newest }) => isFinal(newest.status)));
  writeFileSync(path.join(workspaceFilesDir(workspace.id), 'may-end'), '');
  const over = await groupWhere(slow, every(({ check }) => check?.state === 'passed'));
  expect(readFileSync(began, 'utf8')).toBe('began\nbegan\n');
  expect(over.variants.map(({ check }) => check?.output)).toEqual(['ended\n', 'ended\n']);

  const late = await start({ prompt: '[[sim:text text="ready"]]', checkCommand: 'echo before the end; touch ../../late-began.txt; sleep 600', checkMinutes: 1 });
  await groupWhere(late, (now) => isOn(now) && existsSync(lateBegan));
  await worker.kill();
  await database().update(runVariants).set({ checkStartedAt: sql`now() - interval '2 minutes'` }).where(and(eq(runVariants.groupId, late.id), eq(runVariants.checkState, 'running')));
  worker = startWorkerProcess();
  const ended = await groupWhere(late, ({ variants }) => variants.some(({ check }) => check?.state === 'timed_out'));
  expect(ended.variants.find(({ check }) => check?.state === 'timed_out')?.check).toMatchObject({ output: 'before the end\n', reason: 'It was ended after 1 minute.' });
  await stopWorkspace(await requireWorkspaceAccess(owner, workspace.id));
  const waitsForWorkspace = ({ check }: VariantView) => check?.state === 'waiting' && check.reason?.includes('workspace does not run'); // what it waited for before was the other check
  const lost = await groupWhere(late, ({ workspaceStatus, variants }) => workspaceStatus === 'stopped' && variants.some(waitsForWorkspace));
  expect(lost.variants.filter(waitsForWorkspace)).toHaveLength(1);
  expect(readdirSync(workspaceExchangeDir(workspace.id)).filter((name) => name.startsWith('check-'))).toEqual([]);
}, 300_000);
