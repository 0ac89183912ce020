import { readFileSync } from 'node:fs';
import path from 'node:path';
import { inArray } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { taskAttempts, tasks } from '@/db/schema';
import { database } from '@/server/database';
import { workspaceFilesDir } from '@/server/deployment/paths';
import { whole } from '@/tests/faults/extent';
import { openLifeCycleScene, type LifeCycleScene } from '@/tests/faults/life-cycle-scene';
import { killWorkers, startWorkerProcess } from '@/tests/faults/worker-process';
import { until } from '@/tests/setup/runtime-container';

/** REL-23: two of everything on one database and one machine, started by accident. One works, the other waits, also when the first dies in the middle. */
const WORKSPACES = 4;

let scene: LifeCycleScene;

beforeAll(async () => {
  if (whole) scene = await openLifeCycleScene();
});
afterAll(async () => {
  await killWorkers();
  await scene?.product.close();
});

it.runIf(whole)('D2-22 REL-23 two workers carry out each task once, and the second goes on when the first is killed', async () => {
  const workers = [startWorkerProcess(), startWorkerProcess(), startWorkerProcess()];
  const ids = await Promise.all(Array.from({ length: WORKSPACES }, (_, number) => scene.create(`twice ${number}`, { setupScript: `echo prepared >> prepared.txt # ${uuidv7()}` })));
  const attempts = async () => {
    const mine = await database().select({ id: tasks.id }).from(tasks).where(inArray(tasks.workspaceId, ids));
    return database().select().from(taskAttempts).where(inArray(taskAttempts.taskId, mine.map(({ id }) => id)));
  };
  await until('the first attempts', async () => (await attempts()).length > 0, 60_000);
  const before = new Set((await attempts()).map(({ worker }) => worker));
  expect(before.size).toBe(1); // one works, two wait
  const leading = workers.find(({ pid }) => [...before][0]?.endsWith(`:${pid}`));
  await leading?.kill();

  for (const id of ids) await scene.until(id, 'it to run', (row) => row?.status === 'running');
  await scene.quiet();
  const all = await attempts();
  expect(new Set(all.map(({ worker }) => worker)).size).toBe(2);
  for (const id of ids) expect(readFileSync(path.join(workspaceFilesDir(id), 'repo/prepared.txt'), 'utf8')).toBe('prepared\n');
  for (const { outcome, worker } of all) expect([outcome, before.has(worker)]).toBeOneOf([['succeeded', true], ['succeeded', false], ['died', true]]);
});
