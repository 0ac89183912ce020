import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { eq, inArray, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isFinal, type RunView } from '@/contract/run';
import type { VariantGroup } from '@/contract/variant';
import { auditEvents, retentionRules, retentionUnfinished, runs, variantGroups, workspaces, worktreePlaces } from '@/db/schema';
import { database } from '@/server/database';
import { networkName } from '@/server/egress/workspace-network';
import { env } from '@/server/env';
import { failpoints, type Failpoint } from '@/server/failpoint';
import { runLogDir, workspaceDir, workspaceFilesDir } from '@/server/deployment/paths';
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
import { startBatch } from '@/server/workspaces/batches/start-batch';
import { deleteWorkspace } from '@/server/workspaces/delete-workspace';
import { stopWorkspace } from '@/server/workspaces/stop-workspace';
import { chanceFrom } from '@/tests/faults/chosen-by-seed';
import { whole } from '@/tests/faults/extent';
import { faultSeed } from '@/tests/faults/fault-scene';
import { openLifeCycleScene, type LifeCycleScene } from '@/tests/faults/life-cycle-scene';
import { killWorkers, startWorkerProcess, type WorkerProcess } from '@/tests/faults/worker-process';

/**
 * REL-03: the worker is killed (SIGKILL, from within) just after each registered step of each operation; the next worker
 * must bring everything right by itself, lose no work and leave nothing behind. `npm test` walks some of the steps, at least
 * one of each operation; `npm run test:faults` walks them all.
 */
interface Operation {
  /** Brings about what the step needs, with a healthy worker; returns the workspace. */
  prepare(): Promise<string>;
  /** Asks for the operation in whose middle the worker dies. */
  ask(workspaceId: string): Promise<void>;
  /** What must be true in the end, beside the invariants. */
  expectAfter(workspaceId: string): Promise<void>;
}

const WORK = 'what nobody has committed\n';
/** So many that `npm test` walks. */
const STEPS = 12;
const seed = faultSeed();

let scene: LifeCycleScene;
let healthy: WorkerProcess | undefined;

beforeAll(async () => {
  scene = await openLifeCycleScene();
  console.info(`every step: ${whole ? 'all of them' : `ANYON_FAULT_SEED=${seed}`}`);
});
afterEach(() => killWorkers());
afterAll(() => scene?.product.close());

const unsaved = (workspaceId: string) => path.join(workspaceFilesDir(workspaceId), 'repo/unsaved.txt');
const running = (workspaceId: string) => scene.until(workspaceId, 'the workspace to run', (row) => row?.status === 'running');

async function workspaceWithWork(): Promise<string> {
  const id = await scene.create(`step ${uuidv7().slice(-6)}`);
  await running(id);
  scene.leaveWork(id, WORK);
  return id;
}

const start: Operation = {
  prepare: () => Promise.resolve(''),
  ask: async () => {
    // A script that nobody else has, or its result would come from the cache.
    await scene.create('being created', { setupScript: `echo prepared >> prepared.txt # ${uuidv7()}` });
  },
  expectAfter: async () => {
    const [row] = await rows();
    expect(row?.status).toBe('running');
    const repository = path.join(workspaceFilesDir(row?.id ?? ''), 'repo');
    expect(readFileSync(path.join(repository, 'README.md'), 'utf8')).toBe('# Plain\n');
    expect(readFileSync(path.join(repository, 'prepared.txt'), 'utf8')).toBe('prepared\n');
  },
};

const stop: Operation = {
  prepare: workspaceWithWork,
  ask: async (workspaceId) => void (await stopWorkspace(await scene.access(workspaceId))),
  expectAfter: async (workspaceId) => {
    expect((await scene.row(workspaceId))?.status).toBe('stopped');
    expect(readFileSync(unsaved(workspaceId), 'utf8')).toBe(WORK);
    const refs = execFileSync('git', ['-C', path.dirname(unsaved(workspaceId)), '-c', 'safe.directory=*', 'for-each-ref', '--format=%(objectname)', 'refs/anyon/checkpoints'], { encoding: 'utf8' });
    const newest = refs.trim().split('\n').at(-1) ?? '';
    const kept = execFileSync('git', ['-C', path.dirname(unsaved(workspaceId)), '-c', 'safe.directory=*', 'show', `${newest}:unsaved.txt`], { encoding: 'utf8' });
    expect(kept).toBe(WORK);
  },
};

const remove: Operation = {
  prepare: workspaceWithWork,
  ask: async (workspaceId) => void (await deleteWorkspace(await scene.access(workspaceId))),
  expectAfter: async (workspaceId) => {
    expect(await scene.row(workspaceId)).toBeNull();
    expect(existsSync(workspaceDir(workspaceId))).toBe(false);
    expect(existsSync(path.join(env().dataDir, 'removed', workspaceId))).toBe(true);
  },
};

const recover: Operation = {
  prepare: workspaceWithWork,
  ask: async (workspaceId) => void execFileSync('docker', ['kill', (await scene.row(workspaceId))?.containerId ?? '']),
  expectAfter: async (workspaceId) => {
    await running(workspaceId);
    expect(readFileSync(unsaved(workspaceId), 'utf8')).toBe(WORK);
  },
};

const batch: Operation = {
  prepare: workspaceWithWork,
  ask: async (workspaceId) => void (await startBatch(scene.owner, { action: 'stop', selection: { workspaceIds: [workspaceId] } })),
  expectAfter: async (workspaceId) => {
    expect((await scene.row(workspaceId))?.status).toBe('stopped');
  },
};

/** A prompt that waits for the end of a run: it becomes the next one, and once. */
const followUp: Operation = {
  prepare: workspaceWithWork,
  ask: async (workspaceId) => {
    const access = await requireWorkspaceAccess(scene.owner, workspaceId);
    const { id } = await startRun(access, { prompt: '[[sim:bash cmd="sleep 2"]] [[sim:text text="the first"]]' });
    await addFollowUp(await requireRunAccess(scene.owner, id), { prompt: '[[sim:text text="the second"]]', now: false });
  },
  expectAfter: async (workspaceId) => {
    const runsNow = async () => listRuns(await requireWorkspaceAccess(scene.owner, workspaceId), { limit: 10 });
    const isOver = (all: RunView[]) => all.length >= 2 && all.every(({ status }) => isFinal(status)); // one that was begun by halves is begun again
    while (!isOver(await runsNow())) await new Promise((resolve) => setTimeout(resolve, 100));
    const [second, first, ...others] = await runsNow();
    expect(others).toEqual([]);
    expect(first).toMatchObject({ number: 1, status: 'succeeded' });
    expect(second).toMatchObject({ number: 2, status: 'succeeded', resumesRunId: first?.id });
    expect((await readQueue(await requireRunAccess(scene.owner, second?.id ?? ''))).waiting).toEqual([]);
  },
};

let decided = Promise.resolve();

/** Two variants with a check, of which one is chosen: the other's worktree goes and comes back. */
const variants: Operation = {
  prepare: workspaceWithWork,
  ask: async (workspaceId) => {
    const access = await requireWorkspaceAccess(scene.owner, workspaceId);
    const models = [null, null];
    const { id } = await startVariants(access, { prompt: '[[sim:write path=kept.txt content="kept"]]', models, checkCommand: 'test -f kept.txt', checkMinutes: 1 });
    decided = decide(id);
  },
  expectAfter: async (workspaceId) => {
    await decided;
    const [first] = await database().select().from(variantGroups).where(eq(variantGroups.workspaceId, workspaceId));
    const group = async () => readVariants(await requireVariantAccess(scene.owner, first?.id ?? ''));
    const isRight = ({ chosen, variants: all }: VariantGroup) => chosen === null && all.every(({ check, worktree }) => check?.state === 'passed' && worktree === 'there');
    while (!isRight(await group())) await new Promise((resolve) => setTimeout(resolve, 100));
    for (const { runId } of (await group()).variants) expect(readFileSync(path.join(workspaceFilesDir(workspaceId), 'worktrees', runId, 'kept.txt'), 'utf8')).toBe('kept');
  },
};

/** Chooses the first when both were checked, and takes the choice back when the files of the other are away; whatever worker lives meanwhile. */
async function decide(groupId: string): Promise<void> {
  const until = async (done: (group: VariantGroup) => boolean) => {
    for (;;) {
      const access = await requireVariantAccess(scene.owner, groupId);
      if (done(await readVariants(access))) return access;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const checked = await until(({ variants: all }) => all.every(({ check }) => check?.state === 'passed'));
  await chooseVariant(checked, (await readVariants(checked)).variants[0]?.runId ?? '');
  await unchooseVariant(await until(({ variants: all }) => all.some(({ worktree }) => worktree === 'away')));
}

let writtenDown = 0;

/** Old things of a run: its log goes, and the files of its conversation go into a checkpoint; those come back when somebody asks. */
const retention: Operation = {
  prepare: async () => {
    const workspaceId = await workspaceWithWork();
    await startRun(await requireWorkspaceAccess(scene.owner, workspaceId), { prompt: '[[sim:write path=kept.txt content="kept"]]' });
    const runsNow = async () => listRuns(await requireWorkspaceAccess(scene.owner, workspaceId), { limit: 10 });
    while (!(await runsNow()).every(({ status }) => isFinal(status))) await new Promise((resolve) => setTimeout(resolve, 100));
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
    while ((await seen())?.logRemovedAt === null || (await seen())?.filesAway?.state !== 'away') await new Promise((resolve) => setTimeout(resolve, 100));
    while ((await database().$count(retentionUnfinished)) > 0) await new Promise((resolve) => setTimeout(resolve, 100));
    const id = (await seen())?.id ?? '';
    expect(existsSync(path.join(runLogDir(id), 'out.log'))).toBe(false);
    expect(existsSync(path.join(workspaceFilesDir(workspaceId), 'worktrees', id))).toBe(false);
    await bringFilesBack(await requireRunAccess(scene.owner, id));
    while ((await seen())?.filesAway !== null) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(readFileSync(path.join(workspaceFilesDir(workspaceId), 'worktrees', id, 'kept.txt'), 'utf8')).toBe('kept');
    expect(await database().$count(auditEvents, eq(auditEvents.action, 'retention_applied'))).toBe(writtenDown + 2); // one for each rule, whatever died in between
    await database().delete(retentionRules);
  },
};

/** A network of a workspace that was deleted: the reconciler finds it by itself, within its 30 s. */
const stray: Operation = {
  prepare: async () => {
    const id = await workspaceWithWork();
    await deleteWorkspace(await scene.access(id));
    await scene.until(id, 'the workspace to go', (row) => row === null);
    return id;
  },
  ask: async (id) => {
    const labels = [`anyon.instance=${scene.product.instance}`, `anyon.workspace=${id}`].flatMap((label) => ['--label', label]);
    execFileSync('docker', ['network', 'create', ...labels, networkName(id)]);
  },
  expectAfter: async (id) => {
    expect(execFileSync('docker', ['network', 'ls', '--quiet', '--filter', `name=${networkName(id)}`], { encoding: 'utf8' })).toBe('');
  },
};

const operations: Readonly<Record<Failpoint, Operation>> = {
  'task.attempt-written': start,
  'task.work-done': start,
  'task.settled': start,
  'start.image-found': start,
  'start.directories-made': start,
  'start.network-made': start,
  'start.container-created': start,
  'start.container-started': start,
  'start.isolation-proved': start,
  'start.clone-launched': start,
  'start.cloned': start,
  'start.setup-launched': start,
  'start.setup-kept': start,
  'start.setup-done': start,
  'start.row-running': start,
  'stop.checkpointed': stop,
  'stop.container-stopped': stop,
  'checkpoint.refs-made': stop,
  'checkpoint.rows-written': stop,
  'remove.work-kept': remove,
  'remove.container-removed': remove,
  'remove.network-removed': remove,
  'remove.files-removed': remove,
  'remove.row-removed': remove,
  'keep.bundle-made': remove,
  'keep.bundle-moved': remove,
  'keep.row-written': remove,
  'recover.requested': recover,
  'batch.item-taken': batch,
  'batch.task-requested': batch,
  'batch.item-settled': batch,
  'reconcile.object-removed': stray,
  'follow-up.taken': followUp,
  'follow-up.run-written': followUp,
  'follow-up.started': followUp,
  'check.taken': variants,
  'check.launched': variants,
  'check.ended': variants,
  'variant.leaving': variants,
  'variant.put-away': variants,
  'variant.coming': variants,
  'retention.marked': retention,
  'retention.files-removed': retention,
  'worktree.put-away': retention,
};

/** One step of each operation, and more up to the number; in the order of the list. */
function someSteps(): Failpoint[] {
  const shuffled = chanceFrom(seed).shuffled(failpoints);
  const isFirst = (name: Failpoint) => shuffled.find((other) => operations[other] === operations[name]) === name;
  const first = shuffled.filter(isFirst);
  const chosen = [...first, ...shuffled.filter((name) => !isFirst(name)).slice(0, Math.max(0, STEPS - first.length))];
  return failpoints.filter((name) => chosen.includes(name));
}

describe('REL-03 a worker that is killed just after', () => {
  it.each(whole ? failpoints : someSteps())('%s', async (name) => {
    const operation = operations[name];
    healthy = startWorkerProcess();
    const workspaceId = await operation.prepare();
    await healthy.kill();

    const doomed = startWorkerProcess({ ANYON_FAILPOINT: `${name}:exit` });
    await operation.ask(workspaceId);
    const signal = await Promise.race([doomed.ended, new Promise<string>((resolve) => setTimeout(resolve, 150_000, 'it was never passed').unref())]);
    expect(signal).toBe('SIGKILL');

    startWorkerProcess();
    const seconds = await scene.quiet();
    await operation.expectAfter(workspaceId);
    console.info(`${name}: right again after ${seconds.toFixed(1)} s`);
    await clear();
  });
});

async function rows() {
  return database().select().from(workspaces);
}

/** The next step begins with an empty house. */
async function clear(): Promise<void> {
  for (const row of await rows()) await deleteWorkspace(await scene.access(row.id));
  while ((await rows()).length > 0) await new Promise((resolve) => setTimeout(resolve, 100));
}
