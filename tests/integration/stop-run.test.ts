import { setTimeout as sleep } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { isFinal, type RunView } from '@/contract/run';
import { workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { requireRunAccess } from '@/server/runs/access';
import { getRun } from '@/server/runs/run-queries';
import { startRun } from '@/server/runs/start-run';
import { stopRun } from '@/server/runs/stop-run';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { commandsIn, stopScenarios, type StopScenario } from '@/tests/setup/stop-scenarios';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';
import { runningWorkspace } from '@/tests/setup/wait-for-state';

/** A stop in the middle of everything a run can be at: nothing of it is left, the state says so, and nothing comes back. `npm run bench -- stop` measures how long it takes. */
let product: TestProduct;
let worker: TestWorker;
let person: Actor;
let workspaceId: string;
let containerId: string;

beforeAll(async () => {
  product = await startTestProduct();
  product.addRepository('hello', { 'README.md': '# Hello\n' });
  worker = await startTestWorker();
  person = await product.addUser('ada');
  ({ id: workspaceId } = await runningWorkspace(person, { repositoryUrl: `${product.gitUrl}/hello.git`, limits: { memoryBytes: 2 * 1024 ** 3 } }));
  const [row] = await database().select({ containerId: workspaces.containerId }).from(workspaces).where(eq(workspaces.id, workspaceId));
  containerId = row?.containerId ?? '';
});

afterAll(async () => {
  await worker?.stop();
  await product?.close();
});

const viewOf = async (run: RunView) => getRun(await requireRunAccess(person, run.id));

/** Milliseconds from the request to the moment at which the state says `stopped` and no process is left. */
async function stopTime(scenario: StopScenario): Promise<number> {
  const { prompt, permissionMode } = scenario;
  const run = await startRun(await requireWorkspaceAccess(person, workspaceId), { prompt, ...(permissionMode && { permissionMode }) });
  for (let view = run; ; view = await viewOf(run)) {
    expect(isFinal(view.status), `${view.status}: ${view.statusReason}`).toBe(false);
    if (scenario.isThere({ status: view.status, outBytes: view.outBytes, commands: commandsIn(containerId) })) break;
    await sleep(20);
  }
  const asked = performance.now();
  await stopRun(await requireRunAccess(person, run.id));
  let view = await viewOf(run);
  for (; !isFinal(view.status); view = await viewOf(run)) await sleep(10);
  const took = performance.now() - asked;
  expect(commandsIn(containerId), 'a process is left when the state says that it is over').toBe('');
  expect(view).toMatchObject({ status: 'stopped', statusReason: expect.stringMatching(/^Stopped by ada/) });
  await sleep(500);
  expect(commandsIn(containerId), 'something came back').toBe('');
  expect(await viewOf(run)).toEqual(view);
  return took;
}

describe('N4 a stop', () => {
  it.each(stopScenarios.map((scenario) => [scenario.name, scenario] as const))('of a run that is %s leaves nothing', async (name, scenario) => {
    const took = await stopTime(scenario);
    process.stdout.write(`stopped while ${name}: ${Math.round(took)} ms\n`);
    expect(took).toBeLessThan(15_000);
  });
});
