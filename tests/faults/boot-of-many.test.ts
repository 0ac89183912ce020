import { monitorEventLoopDelay } from 'node:perf_hooks';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { containerName } from '@/server/workspaces/workspace-container';
import { whole } from '@/tests/faults/extent';
import { brokenRows, recordMoves } from '@/tests/faults/life-cycle-invariants';
import { leftBehind, seedWorkspace } from '@/tests/faults/seeded-workspaces';
import { startTaskBench, type TaskBench } from '@/tests/setup/task-bench';
import { startTestReconciler } from '@/tests/setup/test-reconciler';
import { until } from '@/tests/setup/runtime-container';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';

/** REL-19: a worker begins with 200 workspaces in every state in which one that died may have left them. `npm test` has one of each. */
const OF_EACH = whole ? 10 : 1;
const COUNT = OF_EACH * leftBehind.length;
const RIGHT_WITHIN_MS = whole ? 300_000 : 120_000;
/** Of calls that change something, at the same moment. */
const MOST_AT_ONCE = 4;

const changing: ReadonlySet<string> = new Set(['ensureNetwork', 'removeNetwork', 'createContainer', 'startContainer', 'stopContainer', 'restartContainer', 'removeContainer', 'killContainer']);

let bench: TaskBench;
let worker: TestWorker | undefined;
let endReconciler: (() => Promise<void>) | undefined;

beforeAll(async () => {
  bench = await startTaskBench({ ANYON_MEMORY_RESERVE_BYTES: '1' });
  await recordMoves();
});
afterAll(async () => {
  await endReconciler?.();
  await worker?.stop();
  await bench?.close();
});

describe(`D2-25 REL-19 a boot with ${COUNT} workspaces`, () => {
  it('brings each to what it should be, with few calls at a time', async () => {
    const seeded: { id: string; becomes: string; was: string }[] = [];
    for (let time = 0; time < OF_EACH; time += 1) {
      for (const left of leftBehind) seeded.push({ id: await seedWorkspace(bench, left), becomes: left.becomes, was: JSON.stringify(left) });
    }
    const calls = countCalls();
    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();
    const begun = performance.now();
    worker = await startTestWorker({ engine: bench.engine });
    const readyMs = performance.now() - begun;
    endReconciler = startTestReconciler(worker, { engine: bench.engine, probed: bench.engine });

    let wrong: string[] = [];
    await until('each to be as it should', async () => (wrong = (await Promise.all(seeded.map(problemOf))).filter((one) => one !== null)).length === 0, RIGHT_WITHIN_MS).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${wrong.slice(0, 20).join('\n')}`, { cause: error });
    });
    await until('everything to be settled', async () => (await brokenRows()).length === 0, RIGHT_WITHIN_MS);
    delay.disable();
    console.info(`${COUNT} workspaces: the worker was ready after ${readyMs.toFixed(0)} ms, all was right after ${((performance.now() - begun) / 1_000).toFixed(1)} s; at most ${calls.most()} calls at once, event loop p99 ${(delay.percentile(99) / 1e6).toFixed(0)} ms`);
    expect(readyMs).toBeLessThan(30_000);
    expect(calls.most()).toBeLessThanOrEqual(MOST_AT_ONCE);
    const owners = (await bench.fake.listContainers({})).map(({ labels }) => labels['anyon.workspace']);
    expect(owners).toHaveLength(new Set(owners).size); // Q2: one each, at most
  });
});

/** Of row and engine together; null when it is right. */
async function problemOf({ id, becomes, was }: { id: string; becomes: string; was: string }): Promise<string | null> {
  const [row] = await database().select().from(workspaces).where(eq(workspaces.id, id));
  const container = (await bench.fake.listContainers({ 'anyon.workspace': id }))[0];
  const now = `${row?.status ?? 'gone'}, container ${container?.status ?? 'none'}`;
  const running = container?.status === 'running';
  const right = (row?.status ?? 'gone') === becomes && running === (becomes === 'running') && (!container || container.name === containerName(id)) && (container === undefined || becomes !== 'archived');
  return right ? null : `${was}: ${now} (${row?.statusReason ?? 'no reason'})`;
}

/** Makes each changing call take a moment, as on an engine, and counts how many are under way. */
function countCalls(): { most: () => number } {
  let [now, most] = [0, 0];
  bench.hook = async (method) => {
    if (!changing.has(method)) return;
    most = Math.max(most, ++now);
    await new Promise((resolve) => setTimeout(resolve, 20));
    now--;
  };
  return { most: () => most };
}
