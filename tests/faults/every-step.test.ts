import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { failpoints, type Failpoint } from '@/server/failpoint';
import { deleteWorkspace } from '@/server/workspaces/delete-workspace';
import { chanceFrom } from '@/tests/faults/chosen-by-seed';
import { whole } from '@/tests/faults/extent';
import { faultSeed } from '@/tests/faults/fault-scene';
import { openLifeCycleScene, type LifeCycleScene } from '@/tests/faults/life-cycle-scene';
import { appliedRetention, chosenVariant, followUpRun } from '@/tests/faults/stepped-run';
import { batchStop, creating, recovering, removing, stopping, strayNetwork, type SteppedOperation } from '@/tests/faults/stepped-workspace';
import { killWorkers, startWorkerProcess, type WorkerProcess } from '@/tests/faults/worker-process';

/**
 * REL-03: the worker is killed (SIGKILL, from within) just after each registered step of each operation; the next worker
 * must bring everything right by itself, lose no work and leave nothing behind. `npm test` walks some of the steps, at least
 * one of each operation; `npm run test:faults` walks them all.
 */

/** So many that `npm test` walks. */
const STEPS = 12;
const seed = faultSeed();

let scene: LifeCycleScene;
/** Brought the last step right and prepares the next one; none when a test has failed in between. */
let healthy: WorkerProcess | undefined;

beforeAll(async () => {
  scene = await openLifeCycleScene();
  console.info(`every step: ${whole ? 'all of them' : `ANYON_FAULT_SEED=${seed}`}`);
});
afterEach(async () => {
  if (!healthy) await killWorkers();
});
afterAll(async () => {
  await killWorkers();
  await scene?.product.close();
});

const operations: Readonly<Record<Failpoint, (scene: LifeCycleScene) => SteppedOperation>> = {
  'task.attempt-written': creating,
  'task.work-done': creating,
  'task.settled': creating,
  'start.image-found': creating,
  'start.directories-made': creating,
  'start.network-made': creating,
  'start.container-created': creating,
  'start.container-started': creating,
  'start.isolation-proved': creating,
  'start.clone-launched': creating,
  'start.cloned': creating,
  'start.setup-launched': creating,
  'start.setup-kept': creating,
  'start.setup-done': creating,
  'start.row-running': creating,
  'stop.checkpointed': stopping,
  'stop.container-stopped': stopping,
  'checkpoint.refs-made': stopping,
  'checkpoint.rows-written': stopping,
  'remove.work-kept': removing,
  'remove.container-removed': removing,
  'remove.network-removed': removing,
  'remove.files-removed': removing,
  'remove.row-removed': removing,
  'keep.bundle-made': removing,
  'keep.bundle-moved': removing,
  'keep.row-written': removing,
  'recover.requested': recovering,
  'batch.item-taken': batchStop,
  'batch.task-requested': batchStop,
  'batch.item-settled': batchStop,
  'reconcile.object-removed': strayNetwork,
  'follow-up.taken': followUpRun,
  'follow-up.run-written': followUpRun,
  'follow-up.started': followUpRun,
  'check.taken': chosenVariant,
  'check.launched': chosenVariant,
  'check.ended': chosenVariant,
  'variant.leaving': chosenVariant,
  'variant.put-away': chosenVariant,
  'variant.coming': chosenVariant,
  'retention.marked': appliedRetention,
  'retention.files-removed': appliedRetention,
  'worktree.put-away': appliedRetention,
};

/** One step of each operation, and more up to the number; in the order of the list. */
function someSteps(): Failpoint[] {
  const shuffled = chanceFrom(seed).shuffled(failpoints);
  const isFirst = (name: Failpoint) => shuffled.find((other) => operations[other] === operations[name]) === name;
  const first = shuffled.filter(isFirst);
  const chosen = [...first, ...shuffled.filter((name) => !isFirst(name)).slice(0, Math.max(0, STEPS - first.length))];
  return failpoints.filter((name) => chosen.includes(name));
}

describe('D2-01 REL-03 a worker that is killed just after', () => {
  it.each(whole ? failpoints : someSteps())('%s', async (name) => {
    const operation = operations[name](scene);
    const preparing = healthy ?? startWorkerProcess();
    healthy = undefined;
    const workspaceId = await operation.prepare();
    await preparing.kill();

    const doomed = startWorkerProcess({ ANYON_FAILPOINT: `${name}:exit` });
    await operation.ask(workspaceId);
    const signal = await Promise.race([doomed.ended, new Promise<string>((resolve) => setTimeout(resolve, 150_000, 'it was never passed').unref())]);
    expect(signal).toBe('SIGKILL');

    const next = startWorkerProcess();
    const seconds = await scene.quiet();
    await operation.expectAfter(workspaceId);
    console.info(`${name}: right again after ${seconds.toFixed(1)} s`);
    await clear();
    healthy = next;
  });
});

/** The next step begins with an empty house. */
async function clear(): Promise<void> {
  for (const row of await database().select().from(workspaces)) await deleteWorkspace(await scene.access(row.id));
  while ((await database().select().from(workspaces)).length > 0) await sleep(100);
}
