import { rmSync } from 'node:fs';
import path from 'node:path';
import { asc, eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { MOST_FOLLOW_UPS } from '@/contract/follow-up';
import type { RunStatus } from '@/contract/run';
import { followUps, runs, users, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { workspaceFilesDir } from '@/server/deployment/paths';
import { requireRunAccess, type RunAccess } from '@/server/runs/access';
import { beginningOf } from '@/server/runs/claude-beginning';
import { addFollowUp } from '@/server/runs/follow-ups/add-follow-up';
import { cancelFollowUp } from '@/server/runs/follow-ups/cancel-follow-up';
import { changeFollowUp } from '@/server/runs/follow-ups/change-follow-up';
import { readQueue } from '@/server/runs/follow-ups/follow-up-queue';
import { goOnWithQueue } from '@/server/runs/follow-ups/go-on-with-queue';
import { moveFollowUp } from '@/server/runs/follow-ups/move-follow-up';
import { startDueFollowUps } from '@/server/runs/follow-ups/start-due-follow-ups';
import { resumeRun } from '@/server/runs/resume-run';
import { promptForClaude } from '@/server/runs/run-prompt';
import { maskTokens } from '@/server/secrets/masked-text';
import { workspaceWithRun } from '@/tests/setup/test-people';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { writeConversation } from '@/tests/setup/written-conversation';

/** The queue of a conversation on the real database. No worker: what a run becomes is written by hand. */
let product: TestProduct;
let owner: Actor;
let workspaceId: string;
let next = 2;

beforeAll(async () => {
  product = await startTestProduct();
  owner = await product.addUser('owner');
});
beforeEach(async () => {
  ({ workspaceId } = await workspaceWithRun(database(), owner, 'running'));
  await database().update(workspaces).set({ desired: 'running', nextRunNumber: 1_000 }).where(eq(workspaces.id, workspaceId));
});
afterEach(() => changeEnvironment({ ANYON_FAILPOINT: undefined }));
afterAll(() => product?.close());

const conversation = (status: RunStatus = 'running') => writeConversation(owner, workspaceId, next++, status);
const end = async (runId: string, status: RunStatus = 'succeeded') => void (await database().update(runs).set({ status }).where(eq(runs.id, runId)));
const add = async (access: RunAccess, prompt: string, now = false) => addFollowUp(await requireRunAccess(access.actor, access.run.id), { prompt, now });
const queueOf = async (access: RunAccess) => (await readQueue(access)).waiting.map(({ prompt }) => prompt);
const runsOf = ({ run }: RunAccess) => database().select().from(runs).where(eq(runs.claudeSessionId, run.claudeSessionId)).orderBy(asc(runs.number));
const atOnce = (times: number, act: () => Promise<unknown>) => Promise.allSettled(Array.from({ length: times }, act));

describe('N14 a queue of follow-ups', () => {
  it('keeps its order through moves, also when two people move at once, and loses none', async () => {
    const access = await conversation();
    for (const prompt of ['a', 'b', 'c', 'd']) await add(access, prompt);
    const [a, b, c, d] = (await readQueue(access)).waiting.map(({ id }) => id) as [string, string, string, string];
    expect((await moveFollowUp(access, { followUpId: d, before: a })).waiting.map(({ prompt }) => prompt)).toEqual(['d', 'a', 'b', 'c']);
    expect((await moveFollowUp(access, { followUpId: a, before: null })).waiting.map(({ prompt }) => prompt)).toEqual(['d', 'b', 'c', 'a']);
    await Promise.all(Array.from({ length: 20 }, (_, index) => moveFollowUp(access, { followUpId: [a, b, c, d][index % 4] ?? a, before: [d, null, a, b][index % 4] ?? null })));
    expect((await queueOf(access)).sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(new Set((await database().select().from(followUps).where(eq(followUps.runId, access.run.id))).map(({ position }) => position)).size).toBe(4);
    expect((await cancelFollowUp(access, { followUpId: b })).waiting.map(({ prompt }) => prompt)).not.toContain('b');
    await expect(cancelFollowUp(access, { followUpId: b })).rejects.toMatchObject({ kind: 'conflict' });
    await expect(moveFollowUp(access, { followUpId: a, before: b })).rejects.toMatchObject({ kind: 'conflict' });
  });

  it('keeps a prompt masked, sealed where that changed it, and lets only its author change it', async () => {
    const access = await conversation();
    const token = `ghp_${'x1Y2'.repeat(9)}`;
    await add(access, `Use ${token} here`);
    const [waiting] = (await readQueue(access)).waiting;
    expect(waiting?.prompt).not.toContain(token);
    const [row] = await database().select().from(followUps).where(eq(followUps.id, waiting?.id ?? ''));
    expect(row?.sealedPrompt).not.toBeNull();
    expect(promptForClaude(row ?? { id: '', prompt: maskTokens(''), sealedPrompt: null })).toBe(`Use ${token} here`);
    const admin = await product.addUser('admin', 'admin');
    const other = await requireRunAccess(admin, access.run.id);
    await expect(changeFollowUp(other, { followUpId: row?.id ?? '', prompt: 'Mine' })).rejects.toMatchObject({ kind: 'forbidden' });
    expect((await changeFollowUp(access, { followUpId: row?.id ?? '', prompt: 'Plain words' })).waiting).toMatchObject([{ prompt: 'Plain words', createdBy: { login: 'owner' } }]);
    await end(access.run.id);
    await startDueFollowUps();
    expect((await runsOf(access)).at(-1)).toMatchObject({ prompt: 'Plain words', sealedPrompt: null });
  });

  it(`takes ${MOST_FOLLOW_UPS} and no more, also when two come at once`, async () => {
    const access = await conversation();
    for (let count = 0; count < MOST_FOLLOW_UPS - 1; count++) await add(access, `number ${count}`);
    const both = await atOnce(3, () => add(access, 'one too many'));
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { kind: 'limit_reached' } });
    expect(await queueOf(access)).toHaveLength(MOST_FOLLOW_UPS);
  });

  it('is nobody else’s', async () => {
    const access = await conversation();
    await add(access, 'mine');
    const [waiting] = (await readQueue(access)).waiting;
    const elsewhere = await conversation();
    await expect(cancelFollowUp(elsewhere, { followUpId: waiting?.id ?? '' })).rejects.toMatchObject({ kind: 'conflict' });
    expect(await queueOf(access)).toEqual(['mine']);
  });
});

describe('N14 the end of a run', () => {
  it('makes the first that waits the next run, once, however many look at the same moment', async () => {
    const access = await conversation();
    await add(access, 'one');
    await addFollowUp(access, { prompt: 'two', model: 'opus', permissionMode: 'plan', limits: { maxTurns: null, budgetUsd: 2.5 }, now: false });
    await startDueFollowUps();
    expect(await runsOf(access)).toHaveLength(1);
    await end(access.run.id);
    await atOnce(12, () => startDueFollowUps());
    const [first, second, ...others] = await runsOf(access);
    expect(others).toEqual([]);
    expect(second).toMatchObject({ prompt: 'one', status: 'queued', resumesRunId: first?.id, branch: 'anyon/run-1', model: 'claude-opus-5-5', permissionMode: 'acceptEdits', maxTurns: 7, startedById: owner.userId });
    const [row] = await database().select().from(followUps).where(eq(followUps.prompt, maskTokens('one'))).orderBy(asc(followUps.createdAt)).limit(1);
    expect(row).toMatchObject({ status: 'started', startedRunId: second?.id, settledAt: expect.any(Date) });
    expect(await readQueue(access)).toMatchObject({ newestRun: { id: second?.id, status: 'queued' }, waiting: [{ prompt: 'two' }] });
    await end(second?.id ?? '');
    await atOnce(5, () => startDueFollowUps());
    expect((await runsOf(access)).at(-1)).toMatchObject({ prompt: 'two', model: 'opus', permissionMode: 'plan', maxTurns: null, budgetUsd: 2.5, resumesRunId: second?.id });
    expect(await runsOf(access)).toHaveLength(3);
  });

  it.each(['follow-up.taken', 'follow-up.run-written', 'follow-up.started'])('starts it once when whoever does it ends at %s', async (point) => {
    const access = await conversation();
    await add(access, 'once');
    await end(access.run.id);
    changeEnvironment({ ANYON_FAILPOINT: `${point}:throw` });
    await startDueFollowUps();
    const after = await runsOf(access);
    expect(after).toHaveLength(point === 'follow-up.started' ? 2 : 1);
    expect(await queueOf(access)).toEqual(point === 'follow-up.started' ? [] : ['once']);
    changeEnvironment({ ANYON_FAILPOINT: undefined });
    await startDueFollowUps();
    await startDueFollowUps();
    expect(await runsOf(access)).toHaveLength(2);
    expect(await queueOf(access)).toEqual([]);
  });

  it('starts what is added to a conversation that is over at once, behind nobody', async () => {
    const access = await conversation('failed');
    const { startedRun } = await add(access, 'at once');
    expect(startedRun).toMatchObject({ prompt: 'at once', resumesRunId: access.run.id });
    expect(await queueOf(access)).toEqual([]);
    const gone = await conversation('succeeded');
    rmSync(path.join(workspaceFilesDir(workspaceId), 'worktrees', gone.run.id), { recursive: true });
    await expect(add(gone, 'into nothing')).rejects.toMatchObject({ kind: 'precondition', message: expect.stringContaining('worktree') });
  });

  it('is one with resuming: nobody is started twice, and the queue goes over to the run that resumes', async () => {
    const access = await conversation('running');
    await add(access, 'later');
    await end(access.run.id, 'failed');
    const both = await atOnce(6, async () => resumeRun(await requireRunAccess(owner, access.run.id), {}));
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const [, resumed, ...others] = await runsOf(access);
    expect(others).toEqual([]);
    expect(await readQueue(access)).toMatchObject({ newestRun: { id: resumed?.id }, waiting: [{ prompt: 'later', heldBecause: null }] });
    // Resuming an earlier run of the conversation goes on from its newest.
    await end(resumed?.id ?? '', 'stopped');
    expect(await resumeRun(await requireRunAccess(owner, access.run.id), {})).toMatchObject({ resumesRunId: resumed?.id });
  });
});

describe('N14 a queue that holds', () => {
  it.each([
    ['failed', 'failed'],
    ['stopped', 'was stopped'],
    ['interrupted', 'was interrupted'],
    ['lost', 'was lost'],
  ] as const)('after a run that is %s, until somebody says to go on', async (status, words) => {
    const access = await conversation();
    await add(access, 'one');
    await add(access, 'two');
    await end(access.run.id, status);
    await startDueFollowUps();
    expect(await runsOf(access)).toHaveLength(1);
    const held = (await readQueue(access)).waiting;
    expect(held).toMatchObject([{ prompt: 'one', heldBecause: `Run #${access.run.number} ${words}, so what follows waits. Go on with the queue, or resume the run first.` }, { prompt: 'two', heldBecause: null }]);
    // The reason stands on the first, whichever that is.
    await moveFollowUp(access, { followUpId: held[1]?.id ?? '', before: held[0]?.id ?? '' });
    await startDueFollowUps();
    expect((await readQueue(access)).waiting).toMatchObject([{ prompt: 'two', heldBecause: expect.any(String) }, { prompt: 'one', heldBecause: null }]);
    const both = await atOnce(4, () => goOnWithQueue(access));
    expect(both.filter(({ status: outcome }) => outcome === 'fulfilled').length).toBeGreaterThan(0);
    expect((await runsOf(access)).map(({ prompt }) => prompt)).toEqual(['The first prompt', 'two']);
    // What was said of one run is not said of the next.
    await end((await runsOf(access)).at(-1)?.id ?? '', 'failed');
    await startDueFollowUps();
    expect(await runsOf(access)).toHaveLength(2);
    expect((await readQueue(access)).waiting).toMatchObject([{ prompt: 'one', heldBecause: expect.stringContaining('failed') }]);
  });

  it('while the workspace does not run, or its author is disabled, and goes on by itself after that', async () => {
    const access = await conversation();
    await add(access, 'patient');
    await database().update(workspaces).set({ status: 'stopped', desired: 'stopped' }).where(eq(workspaces.id, workspaceId));
    await end(access.run.id);
    await startDueFollowUps();
    const reason = async () => (await readQueue(access)).waiting[0]?.heldBecause;
    expect(await reason()).toBe('The workspace is stopped. Start the workspace, and the queue goes on by itself.');
    await expect(goOnWithQueue(access)).rejects.toMatchObject({ kind: 'precondition', message: expect.stringContaining('The workspace is stopped.') });
    await database().update(workspaces).set({ status: 'running', desired: 'running' }).where(eq(workspaces.id, workspaceId));
    await database().update(users).set({ disabledAt: new Date() }).where(eq(users.id, owner.userId));
    await startDueFollowUps();
    expect(await reason()).toMatch(/^owner, who wrote it, is disabled\./);
    await database().update(users).set({ disabledAt: null }).where(eq(users.id, owner.userId));
    await startDueFollowUps();
    expect(await runsOf(access)).toHaveLength(2);
    expect(await queueOf(access)).toEqual([]);
  });

  it('lets one through that is sent now: it comes first, the run is asked to stop, and it starts although that was stopped', async () => {
    const access = await conversation();
    await add(access, 'patient');
    expect(await add(access, 'now', true)).toMatchObject({ startedRun: null });
    expect(await queueOf(access)).toEqual(['now', 'patient']);
    expect((await runsOf(access))[0]).toMatchObject({ status: 'stopping', stopRequestedById: owner.userId });
    await end(access.run.id, 'stopped');
    await startDueFollowUps();
    expect((await runsOf(access)).at(-1)).toMatchObject({ prompt: 'now', resumesRunId: access.run.id });
    // A run that has not begun is stopped at once, and what was sent starts in the same moment.
    const { startedRun } = await add(access, 'now again', true);
    expect(startedRun).toMatchObject({ prompt: 'now again' });
    expect((await runsOf(access)).map(({ status }) => status)).toEqual(['stopped', 'stopped', 'queued']);
    expect(await queueOf(access)).toEqual(['patient']);
  });
});

describe('a follow-up whose run was parked before Claude had heard it', () => {
  it('is said when the run goes on, although the conversation has a transcript; what was heard is not said twice', async () => {
    const access = await conversation('succeeded');
    const { startedRun } = await add(access, 'unheard so far');
    const [row] = await database().update(runs).set({ attempt: 2 }).where(eq(runs.id, startedRun?.id ?? '')).returning();
    if (!row) throw new Error('There is no such run.');
    expect(await beginningOf({ ...row, attempt: 1 })).toMatchObject({ firstRunId: access.run.id, resumes: true, prompt: 'unheard so far', makesWorktree: false });
    expect(await beginningOf(row)).toMatchObject({ resumes: true, prompt: 'unheard so far', makesWorktree: false });
    expect(await beginningOf({ ...row, outBytes: 2_000 })).toMatchObject({ resumes: true, prompt: 'Go on where you stopped.' });
  });
});
