import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eq, inArray, sql } from 'drizzle-orm';
import { expect } from 'vitest';
import { isFinal, type RunView } from '@/contract/run';
import type { VariantGroup } from '@/contract/variant';
import { auditEvents, retentionRules, retentionUnfinished, runs, variantGroups, worktreePlaces } from '@/db/schema';
import { database } from '@/server/database';
import { runLogDir, workspaceFilesDir } from '@/server/deployment/paths';
import { requireRunAccess } from '@/server/runs/access';
import { addFollowUp } from '@/server/runs/follow-ups/add-follow-up';
import { readQueue } from '@/server/runs/follow-ups/follow-up-queue';
import { listRuns } from '@/server/runs/run-queries';
import { startRun } from '@/server/runs/start-run';
import { requireVariantAccess } from '@/server/runs/variants/access';
import { chooseVariant, unchooseVariant } from '@/server/runs/variants/choose-variant';
import { readVariants } from '@/server/runs/variants/read-variants';
import { startVariants } from '@/server/runs/variants/start-variants';
import { bringFilesBack } from '@/server/runs/worktrees/bring-files-back';
import { askForRound } from '@/server/system/retention/round-state';
import { writeFirstRules } from '@/server/system/retention/rules';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import type { LifeCycleScene } from '@/tests/faults/life-cycle-scene';
import { workspaceWithWork, type SteppedOperation } from '@/tests/faults/stepped-workspace';

/** A prompt that waits for the end of a run: it becomes the next one, and once. */
export const followUpRun = (scene: LifeCycleScene): SteppedOperation => ({
  prepare: () => workspaceWithWork(scene),
  ask: async (workspaceId) => {
    const access = await requireWorkspaceAccess(scene.owner, workspaceId);
    const { id } = await startRun(access, { prompt: '[[sim:bash cmd="sleep 2"]] [[sim:text text="the first"]]' });
    await addFollowUp(await requireRunAccess(scene.owner, id), { prompt: '[[sim:text text="the second"]]', now: false });
  },
  expectAfter: async (workspaceId) => {
    const runsNow = async () => listRuns(await requireWorkspaceAccess(scene.owner, workspaceId), { limit: 10 });
    const isOver = (all: RunView[]) => all.length >= 2 && all.every(({ status }) => isFinal(status)); // one that was begun by halves is begun again
    while (!isOver(await runsNow())) await sleep(100);
    const [second, first, ...others] = await runsNow();
    expect(others).toEqual([]);
    expect(first).toMatchObject({ number: 1, status: 'succeeded' });
    expect(second).toMatchObject({ number: 2, status: 'succeeded', resumesRunId: first?.id });
    expect((await readQueue(await requireRunAccess(scene.owner, second?.id ?? ''))).waiting).toEqual([]);
  },
});

let decided = Promise.resolve();

/** Two variants with a check, of which one is chosen: the other's worktree goes and comes back. */
export const chosenVariant = (scene: LifeCycleScene): SteppedOperation => ({
  prepare: () => workspaceWithWork(scene),
  ask: async (workspaceId) => {
    const access = await requireWorkspaceAccess(scene.owner, workspaceId);
    const models = [null, null];
    const { id } = await startVariants(access, { prompt: '[[sim:write path=kept.txt content="kept"]]', models, checkCommand: 'test -f kept.txt', checkMinutes: 1 });
    decided = decide(scene, id);
  },
  expectAfter: async (workspaceId) => {
    await decided;
    const [first] = await database().select().from(variantGroups).where(eq(variantGroups.workspaceId, workspaceId));
    const group = async () => readVariants(await requireVariantAccess(scene.owner, first?.id ?? ''));
    const isRight = ({ chosen, variants: all }: VariantGroup) => chosen === null && all.every(({ check, worktree }) => check?.state === 'passed' && worktree === 'there');
    while (!isRight(await group())) await sleep(100);
    for (const { runId } of (await group()).variants) expect(readFileSync(path.join(workspaceFilesDir(workspaceId), 'worktrees', runId, 'kept.txt'), 'utf8')).toBe('kept');
  },
});

/** Chooses the first when both were checked, and takes the choice back when the files of the other are away; whatever worker lives meanwhile. */
async function decide(scene: LifeCycleScene, groupId: string): Promise<void> {
  const until = async (done: (group: VariantGroup) => boolean) => {
    for (;;) {
      const access = await requireVariantAccess(scene.owner, groupId);
      if (done(await readVariants(access))) return access;
      await sleep(100);
    }
  };
  const checked = await until(({ variants: all }) => all.every(({ check }) => check?.state === 'passed'));
  await chooseVariant(checked, (await readVariants(checked)).variants[0]?.runId ?? '');
  await unchooseVariant(await until(({ variants: all }) => all.some(({ worktree }) => worktree === 'away')));
}

let writtenDown = 0;

/** Old things of a run: its log goes, and the files of its conversation go into a checkpoint; those come back when somebody asks. */
export const appliedRetention = (scene: LifeCycleScene): SteppedOperation => ({
  prepare: async () => {
    const workspaceId = await workspaceWithWork(scene);
    await startRun(await requireWorkspaceAccess(scene.owner, workspaceId), { prompt: '[[sim:write path=kept.txt content="kept"]]' });
    const runsNow = async () => listRuns(await requireWorkspaceAccess(scene.owner, workspaceId), { limit: 10 });
    while (!(await runsNow()).every(({ status }) => isFinal(status))) await sleep(100);
    writtenDown = await database().$count(auditEvents, eq(auditEvents.action, 'retention_applied'));
    return workspaceId;
  },
  ask: async (workspaceId) => {
    const [run] = await database().update(runs).set({ finishedAt: sql`now() - interval '200 days'` }).where(eq(runs.workspaceId, workspaceId)).returning();
    if (!run) throw new Error('There is no run.');
    await database().insert(worktreePlaces).values({ firstRunId: run.id, claudeSessionId: run.claudeSessionId, bytes: 1, measuredAt: new Date() });
    await writeFirstRules();
    await database().update(retentionRules).set({ keepDays: 90, holdsUntil: sql`now()` }).where(inArray(retentionRules.kind, ['logs', 'worktrees']));
    await askForRound(database());
  },
  expectAfter: async (workspaceId) => {
    const seen = async () => (await listRuns(await requireWorkspaceAccess(scene.owner, workspaceId), { limit: 1 }))[0];
    while ((await seen())?.logRemovedAt === null || (await seen())?.filesAway?.state !== 'away') await sleep(100);
    while ((await database().$count(retentionUnfinished)) > 0) await sleep(100);
    const id = (await seen())?.id ?? '';
    expect(existsSync(path.join(runLogDir(id), 'out.log'))).toBe(false);
    expect(existsSync(path.join(workspaceFilesDir(workspaceId), 'worktrees', id))).toBe(false);
    await bringFilesBack(await requireRunAccess(scene.owner, id));
    while ((await seen())?.filesAway !== null) await sleep(100);
    expect(readFileSync(path.join(workspaceFilesDir(workspaceId), 'worktrees', id, 'kept.txt'), 'utf8')).toBe('kept');
    expect(await database().$count(auditEvents, eq(auditEvents.action, 'retention_applied'))).toBe(writtenDown + 2); // one for each rule, whatever died in between
    await database().delete(retentionRules);
  },
});
