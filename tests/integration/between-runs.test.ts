import { randomBytes } from 'node:crypto';
import { asc, eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import type { RunStatus } from '@/contract/run';
import { followUps, runs, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { requireRunAccess, type RunAccess } from '@/server/runs/access';
import { beginningOf } from '@/server/runs/claude-beginning';
import { addFollowUp } from '@/server/runs/follow-ups/add-follow-up';
import { readQueue } from '@/server/runs/follow-ups/follow-up-queue';
import { startDueFollowUps } from '@/server/runs/follow-ups/start-due-follow-ups';
import { resumeRun } from '@/server/runs/resume-run';
import { conversationBase } from '@/server/runs/review/conversation-bases';
import { baseToPutBack } from '@/server/runs/review/review-place';
import { keyring } from '@/server/secrets/keyring';
import { assertNoMissingKeys } from '@/server/secrets/missing-keys';
import { rotateKeys } from '@/server/secrets/rotate-keys';
import { withWorktree } from '@/server/workspaces/worktree-lease';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { workspaceWithRun } from '@/tests/setup/test-people';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { writeConversation } from '@/tests/setup/written-conversation';

/** What may happen to a conversation while no run of it is on, on the real database. No worker: what a run becomes is written by hand. */
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
afterAll(() => product?.close());

const conversation = (status: RunStatus = 'running') => writeConversation(owner, workspaceId, next++, status);
const end = async (runId: string) => void (await database().update(runs).set({ status: 'succeeded' }).where(eq(runs.id, runId)));
const add = async (access: RunAccess, prompt: string) => addFollowUp(await requireRunAccess(access.actor, access.run.id), { prompt, now: false });
const runsOf = ({ run }: RunAccess) => database().select().from(runs).where(eq(runs.claudeSessionId, run.claudeSessionId)).orderBy(asc(runs.number));

describe('SEC-10 a change of the key', () => {
  it('brings along what waits sealed: with the new key alone the follow-up is told whole', async () => {
    const [first, second] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')];
    const before = process.env['ANYON_SECRET_KEY'];
    const token = `ghp_${'Q'.repeat(36)}`;
    try {
      changeEnvironment({ ANYON_SECRET_KEY: first });
      const access = await conversation();
      await add(access, `Use ${token} here`);
      await add(access, `Then ${token} there`);
      const oldId = keyring().current.id;
      changeEnvironment({ ANYON_SECRET_KEY: second });
      await expect(assertNoMissingKeys(database())).rejects.toThrow(`${oldId} (2 values)`);
      changeEnvironment({ ANYON_SECRET_KEYS_BEFORE: first });
      expect(await rotateKeys(database())).toMatchObject({ versions: 2, onCurrentKey: 2, failed: 0 });
      changeEnvironment({ ANYON_SECRET_KEYS_BEFORE: undefined });
      await assertNoMissingKeys(database());
      await end(access.run.id);
      await startDueFollowUps();
      const started = (await runsOf(access)).at(-1);
      expect(started?.prompt).not.toContain(token);
      expect(started && (await beginningOf(started)).prompt).toBe(`Use ${token} here`);
    } finally {
      await database().delete(followUps);
      await database().update(runs).set({ sealedPrompt: null });
      changeEnvironment({ ANYON_SECRET_KEY: before, ANYON_SECRET_KEYS_BEFORE: undefined });
    }
  });
});

describe('files that somebody changes between two runs', () => {
  const worktreeUse = ({ run }: RunAccess) => ({ workspaceId, firstRunId: run.id, runId: run.id, userId: owner.userId });

  it('are theirs until it is done: no run begins, and a follow-up waits for it', async () => {
    const access = await conversation('succeeded');
    const inside = Promise.withResolvers<void>();
    const done = Promise.withResolvers<void>();
    const changing = withWorktree(worktreeUse(access), 'restore', () => {
      inside.resolve();
      return done.promise;
    });
    await inside.promise;
    await expect(resumeRun(access, {})).rejects.toMatchObject({ kind: 'conflict', message: expect.stringMatching(/^A restore of files is under way in these files already\./) });
    expect((await add(access, 'after it')).startedRun).toBeNull();
    expect((await readQueue(access)).waiting).toMatchObject([{ prompt: 'after it', heldBecause: expect.stringContaining('A restore of files is under way') }]);
    await expect(withWorktree(worktreeUse(access), 'commit', async () => {})).rejects.toMatchObject({ kind: 'conflict' });
    done.resolve();
    await changing;
    await startDueFollowUps();
    expect((await runsOf(access)).map(({ status }) => status)).toEqual(['succeeded', 'queued']);
  });

  it('are not changed while a run is on, whichever of both comes first', async () => {
    const outcomes = new Set<string>();
    for (let round = 0; round < 10; round += 1) {
      const access = await conversation('succeeded');
      const live = async () => (await runsOf(access)).filter(({ status }) => status === 'queued').length;
      const seen: number[] = [];
      const change = () =>
        withWorktree(worktreeUse(access), 'restore', async () => {
          seen.push(await live());
          await Promise.all(Array.from({ length: 5 }, async () => seen.push(await live())));
        });
      const begin = () => resumeRun(access, {});
      const both = await Promise.allSettled(round % 2 ? [change(), begin()] : [begin(), change()]);
      expect(seen.filter((count) => count > 0)).toEqual([]);
      for (const one of both) if (one.status === 'rejected') expect(one.reason).toMatchObject({ kind: 'conflict' });
      outcomes.add(`${seen.length > 0 ? 'changed' : 'refused'} ${(await live()) > 0 ? 'begun' : 'refused'}`);
      if ((await live()) > 0) await expect(change()).rejects.toMatchObject({ kind: 'conflict', message: expect.stringMatching(/^Run #\d+ is at work in these files\./) });
    }
    expect([...outcomes]).not.toContain('refused refused');
  });
});

describe('a conversation that was rebased', () => {
  it('begins, for the runs after it, at the commit that it was put onto', async () => {
    const access = await conversation('succeeded');
    await database().update(runs).set({ treeBefore: 'a'.repeat(40), baseCommit: 'b'.repeat(40) }).where(eq(runs.id, access.run.id));
    const second = await resumeRun(access, {});
    await end(second.id);
    await database().update(runs).set({ rebasedOnto: 'c'.repeat(40), treeBefore: 'd'.repeat(40) }).where(eq(runs.id, second.id));
    const third = await resumeRun(access, {});
    const [row1, row2, row3] = await runsOf(access);
    expect(await Promise.all([row1, row2, row3].map(async (row) => row && conversationBase(row)))).toEqual([null, 'a'.repeat(40), 'c'.repeat(40)]);
    // What is put back now fits the files of after the rebase.
    const accessTo = (id: string) => requireRunAccess(owner, id);
    expect(await baseToPutBack(await accessTo(second.id), 'conversation')).toBe('c'.repeat(40));
    expect(await baseToPutBack(await accessTo(access.run.id), 'run')).toBe('c'.repeat(40));
    await expect(baseToPutBack(await accessTo(second.id), 'run')).rejects.toMatchObject({ kind: 'precondition', message: expect.stringMatching(/was rebased after run #\d+ had begun/) });
    await database().update(runs).set({ treeBefore: 'e'.repeat(40) }).where(eq(runs.id, third.id));
    expect(await baseToPutBack(await accessTo(third.id), 'run')).toBe('e'.repeat(40));
  });
});
