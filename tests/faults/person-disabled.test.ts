import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { auditEvents } from '@/db/schema';
import { isStillSignedIn } from '@/server/auth/actor';
import { database } from '@/server/database';
import { workspaceFilesDir } from '@/server/deployment/paths';
import { disablePerson } from '@/server/people/change-person';
import { startRun } from '@/server/runs/start-run';
import { whileSignedIn } from '@/server/trpc/while-signed-in';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { whole } from '@/tests/faults/extent';
import { openLifeCycleScene, type LifeCycleScene } from '@/tests/faults/life-cycle-scene';
import { killWorkers, startWorkerProcess } from '@/tests/faults/worker-process';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { signedInPerson } from '@/tests/setup/test-people';
import { endedRun, runningWorkspace, runWhere } from '@/tests/setup/wait-for-state';

/** Somebody is kept out in the middle of their run: what they look at ends within five seconds, what they began comes to its end, and the audit says so once. */
const CLOSED_WITHIN_MS = 5_000;
/** What a busy machine adds to the look every four seconds. */
const SLACK_MS = 3_000;
const STREAMS = 8;

let scene: LifeCycleScene;

beforeAll(async () => {
  if (!whole) return;
  scene = await openLifeCycleScene();
  changeEnvironment({ AUTH_SECRET: randomBytes(32).toString('hex') });
  startWorkerProcess();
});
afterAll(async () => {
  await killWorkers();
  await scene?.product.close();
});

/** Says `0` and then nothing, as the log of a quiet run does. */
async function* quiet(signal: AbortSignal): AsyncGenerator<number> {
  yield 0;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

it.runIf(whole)('D2-20 a person who is disabled in the middle of a run loses every open stream, and the run goes on to its end', async () => {
  const { actor: admin } = await signedInPerson(database(), 'root', 'admin');
  const { actor } = await signedInPerson(database(), 'leaver');
  const workspace = await runningWorkspace(actor, { repositoryUrl: scene.repositoryUrl, limits: { memoryBytes: 512 * 1024 ** 2 } });
  const run = await startRun(await requireWorkspaceAccess(actor, workspace.id), { prompt: '[[sim:bash cmd="until test -f /workspace/enough; do sleep 0.2; done"]] [[sim:text text="done"]]' });
  await runWhere(scene.owner, run, ({ status, outBytes }) => status === 'running' && outBytes > 0);
  const ends = Array.from({ length: STREAMS }, async () => {
    try {
      for await (const _ of whileSignedIn({ actor, signal: undefined }, quiet));
      return 'ended without a word';
    } catch (error) {
      return (error as { code?: string }).code;
    }
  });

  await disablePerson(admin, { userId: actor.userId });
  const disabled = performance.now();
  expect(await Promise.all(ends)).toEqual(Array(STREAMS).fill('UNAUTHORIZED'));
  const took = performance.now() - disabled;
  console.info(`${STREAMS} streams of a disabled person were closed after ${(took / 1_000).toFixed(1)} s`);
  expect(took).toBeLessThan(CLOSED_WITHIN_MS + SLACK_MS);
  expect(await isStillSignedIn(actor)).toBe(false);

  writeFileSync(path.join(workspaceFilesDir(workspace.id), 'enough'), '');
  expect(await endedRun(scene.owner, run)).toMatchObject({ status: 'succeeded' });
  expect(await database().$count(auditEvents, and(eq(auditEvents.action, 'person_disabled'), eq(auditEvents.subjectId, actor.userId)))).toBe(1);
  await scene.quiet();
});
