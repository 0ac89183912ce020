import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { desc, eq, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import type { BatchAction, BatchWithItems } from '@/contract/batch';
import { isFinalTask } from '@/contract/task';
import { tasks, workspaces } from '@/db/schema';
import { createDockerEngine } from '@/server/containers/docker-engine';
import { database } from '@/server/database';
import { isAnyonError } from '@/server/errors';
import { requireWorkspaceAccess, type WorkspaceAccess } from '@/server/workspaces/access';
import { archiveWorkspace } from '@/server/workspaces/archive-workspace';
import { requireBatchAccess } from '@/server/workspaces/batches/access';
import { getBatchWithItems } from '@/server/workspaces/batches/batch-queries';
import { startBatch } from '@/server/workspaces/batches/start-batch';
import { deleteWorkspace } from '@/server/workspaces/delete-workspace';
import { restartWorkspace } from '@/server/workspaces/restart-workspace';
import { restoreWorkspace } from '@/server/workspaces/restore-workspace';
import { startWorkspace } from '@/server/workspaces/start-workspace';
import { stopWorkspace } from '@/server/workspaces/stop-workspace';
import { syncWorkspace } from '@/server/workspaces/sync-workspace';
import { chanceFrom, type Chance } from '@/tests/faults/chosen-by-seed';
import { faultSeed } from '@/tests/faults/fault-scene';
import { openLifeCycleScene, type LifeCycleScene } from '@/tests/faults/life-cycle-scene';
import { killWorkers, startWorkerProcess } from '@/tests/faults/worker-process';

/** Many at once, on the real engine: everybody's word is kept or taken over by a later one, and nobody gets more than one container. */
const MANY = 50;
const ANSWER_WITHIN_MS = 3_000;

let scene: LifeCycleScene;
let actors: Actor[];
const seed = faultSeed();

beforeAll(async () => {
  scene = await openLifeCycleScene();
  actors = [scene.owner, await scene.product.addUser('second', 'admin'), await scene.product.addUser('third', 'admin')];
  startWorkerProcess();
  console.info(`many at once: ANYON_FAULT_SEED=${seed}`);
});
afterAll(async () => {
  await killWorkers();
  await scene?.product.close();
});

const commands: Readonly<Record<string, (access: WorkspaceAccess) => Promise<unknown>>> = {
  start: startWorkspace,
  stop: stopWorkspace,
  restart: restartWorkspace,
  sync: syncWorkspace,
  archive: archiveWorkspace,
  restore: restoreWorkspace,
  delete: deleteWorkspace,
};

describe('50 commands at once on one workspace', () => {
  it.each(['start', 'delete'])('Q1 Q2 Q3: each that was acknowledged comes to its end; the last word, %s, is what becomes of it', async (lastWord) => {
    const id = await scene.create(`contended ${lastWord}`);
    await scene.until(id, 'the workspace to run', (row) => row?.status === 'running');
    const watch = watchContainers(id);
    const chance = chanceFrom(seed);
    const names = Object.keys(commands).filter((name) => name !== 'delete' || lastWord === 'delete');
    const answers = await Promise.all(Array.from({ length: MANY }, () => sendOne(id, chance, names)));
    // Somebody's last word, after all of them: by then they are all acknowledged or refused.
    const gone = (await scene.row(id)) === null || (await scene.row(id))?.status === 'deleting';
    if (!gone && (await scene.row(id))?.status === 'archived' && lastWord === 'start') await restoreWorkspace(await scene.access(id));
    if (!gone) await commands[lastWord]?.(await scene.access(id));
    await scene.quiet();
    expect(await watch.end(), 'containers at the same time').toBe(1);

    const refused = answers.filter((answer) => answer.refusal !== null);
    console.info(`${lastWord}: ${MANY - refused.length} acknowledged, ${refused.length} refused; slowest answer ${Math.max(...answers.map(({ ms }) => ms))} ms`);
    for (const { refusal } of refused) expect(refusal).toMatch(/^[A-Z].*\.$/);
    for (const { ms } of answers) expect(ms).toBeLessThan(ANSWER_WITHIN_MS);
    expect(await overlappingAttempts(), 'attempts at the same time').toBe(0);
    const [newest] = await database().select().from(tasks).where(eq(tasks.workspaceId, id)).orderBy(desc(tasks.fence)).limit(1);
    expect(newest).toMatchObject({ status: 'succeeded' });
    expect((await scene.row(id))?.status ?? 'gone').toBe(lastWord === 'start' ? 'running' : 'gone');
  });
});

async function sendOne(workspaceId: string, chance: Chance, names: readonly string[]): Promise<{ command: string; refusal: string | null; ms: number }> {
  const command = chance.oneOf(names);
  const actor = chance.oneOf(actors);
  const begun = Date.now();
  try {
    await commands[command]?.(await requireWorkspaceAccess(actor, workspaceId));
    return { command, refusal: null, ms: Date.now() - begun };
  } catch (error) {
    if (!isAnyonError(error)) throw error;
    return { command, refusal: error.message, ms: Date.now() - begun };
  }
}

describe('50 workspaces at once', () => {
  let ids: string[] = [];
  let foreign: Foreign;

  beforeAll(() => {
    foreign = makeForeign();
  });
  afterAll(() => foreign?.remove());

  it('S6 Q1: are all created, each call answered within 3 s, without an error', async () => {
    const begun = Date.now();
    const answers = await Promise.all(
      Array.from({ length: MANY }, async (_, number) => {
        const asked = Date.now();
        const id = await scene.create(`many ${String(number).padStart(2, '0')}`);
        return { id, ms: Date.now() - asked };
      }),
    );
    ids = answers.map(({ id }) => id);
    const slowest = Math.max(...answers.map(({ ms }) => ms));
    expect(slowest).toBeLessThan(ANSWER_WITHIN_MS);
    await untilAllAre('running');
    console.info(`${MANY} created in ${seconds(begun)}; slowest answer ${slowest} ms`);
    await scene.quiet();
    expect(lines(await failedTasks())).toBe('');
  });

  it('B5: are all stopped by one batch', async () => {
    const begun = Date.now();
    const { items, status } = await finished('stop');
    expect(status).toBe('done');
    expect(lines(items.filter((item) => item.status !== 'succeeded').map((item) => `${item.workspaceName}: ${item.status} (${item.reason})`))).toBe('');
    await scene.quiet();
    console.info(`${MANY} stopped in ${seconds(begun)}`);
  });

  it('B5 Q5 Q7: are all deleted by one batch; nothing of them is left, and what others made is as it was', async () => {
    const begun = Date.now();
    const { items, status } = await finished('delete');
    expect(status).toBe('done');
    expect(lines(items.filter((item) => item.status !== 'succeeded').map((item) => `${item.workspaceName}: ${item.status} (${item.reason})`))).toBe('');
    await scene.quiet();
    console.info(`${MANY} deleted in ${seconds(begun)}`);
    const rows = await database().select({ id: workspaces.id }).from(workspaces);
    expect(rows.filter((row) => ids.includes(row.id))).toEqual([]);
    expect(foreign.now()).toEqual(foreign.before);
    expect(lines(await failedTasks())).toBe('');
  });

  async function finished(action: BatchAction): Promise<BatchWithItems> {
    const asked = Date.now();
    const { batchId } = await startBatch(scene.owner, { action, selection: { workspaceIds: ids } });
    expect(Date.now() - asked).toBeLessThan(ANSWER_WITHIN_MS);
    for (;;) {
      const batch = await getBatchWithItems(await requireBatchAccess(scene.owner, batchId));
      if (batch.status !== 'running') return batch;
      await sleep(250);
    }
  }

  async function untilAllAre(status: string): Promise<void> {
    for (;;) {
      const rows = await database().select({ id: workspaces.id, name: workspaces.name, status: workspaces.status, reason: workspaces.statusReason }).from(workspaces);
      const mine = rows.filter((row) => ids.includes(row.id));
      expect(lines(mine.filter((row) => row.status === 'unhealthy').map((row) => `${row.name}: ${row.reason}`))).toBe('');
      if (mine.every((row) => row.status === status)) return;
      await sleep(250);
    }
  }
});

/** One text, which a failed assertion shows whole; of an array it shows how long it is. */
function lines(said: readonly string[]): string {
  return said.join('\n');
}

function seconds(begun: number): string {
  return `${((Date.now() - begun) / 1_000).toFixed(1)} s`;
}

/** Looks all the time how many containers of the workspace there are; the end tells the most that ever were. */
function watchContainers(workspaceId: string): { end: () => Promise<number> } {
  const engine = createDockerEngine();
  let most = 0;
  let ended = false;
  const watching = (async () => {
    while (!ended) {
      most = Math.max(most, (await engine.summarizeContainers({ labels: { 'anyon.workspace': workspaceId } })).length);
      await sleep(20);
    }
    return most;
  })();
  return {
    end: () => {
      ended = true;
      return watching;
    },
  };
}

/** Pairs of attempts of one workspace that were under way at the same time. */
async function overlappingAttempts(): Promise<number> {
  const [row] = await database().execute<{ pairs: number }>(sql`
    select count(*)::int as pairs from task_attempts one join tasks task_one on task_one.id = one.task_id
    join tasks task_two on task_two.workspace_id = task_one.workspace_id join task_attempts two on two.task_id = task_two.id
    where (one.task_id, one.number) < (two.task_id, two.number) and one.started_at < two.ended_at and two.started_at < one.ended_at`);
  return row?.pairs ?? -1;
}

async function failedTasks(): Promise<string[]> {
  const rows = await database().select().from(tasks);
  return rows.filter((task) => !isFinalTask(task.status) || task.status === 'failed' || task.status === 'parked').map((task) => `${task.kind} of ${task.workspaceName}: ${task.status} (${task.statusReason})`);
}

interface Foreign {
  before: unknown;
  now: () => unknown;
  remove: () => void;
}

/** What somebody else has made, with names and labels that come as near to ours as they may. */
function makeForeign(): Foreign {
  const { instance } = scene.product;
  const theirs = ['--label', 'anyon.instance=another', '--label', 'anyon.workspace=01900000-0000-7000-8000-000000000000'];
  const network = `${instance}-network-theirs`;
  docker('network', 'create', ...theirs, network);
  const named = docker('run', '--detach', '--network', network, '--name', `${instance}-workspace-theirs`, 'anyon-claude:latest');
  const labelled = docker('create', ...theirs, '--name', `${instance}-theirs`, 'anyon-claude:latest');
  const now = () => JSON.parse(docker('inspect', named, labelled, network).replaceAll(/"(LastSeen)":"[^"]*"/g, ''));
  return {
    before: now(),
    now,
    remove: () => {
      docker('rm', '--force', named, labelled);
      docker('network', 'rm', network);
    },
  };
}

function docker(...args: string[]): string {
  return execFileSync('docker', args, { encoding: 'utf8' }).trim();
}
