import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { closeAll } from '@/tests/faults/close-all';
import { whole } from '@/tests/faults/extent';
import { faultSeed, openFaultScene, type FaultScene } from '@/tests/faults/fault-scene';
import { randomNumbers } from '@/tests/faults/generator/random-numbers.mjs';
import { expectNothingLost } from '@/tests/faults/nothing-lost';
import { buildGeneratorImage, type GeneratorImage } from '@/tests/setup/generator-image';
import { startRunningProduct, type RunningProduct } from '@/tests/setup/running-product';
import { until } from '@/tests/setup/runtime-container';
import { startSecondEngine, type SecondEngine } from '@/tests/setup/second-engine';

type Daemon = 'dockerd' | 'containerd';

/** Quick outages, one after the other; the long one, of dockerd alone, comes last. `npm test` leaves out those of dockerd alone before it. */
const OUTAGES: Daemon[][] = whole ? [['dockerd'], ['dockerd', 'containerd'], ['dockerd']] : [['dockerd', 'containerd']];
/** A workspace whose engine is away must say so by then. */
const UNKNOWN_WITHIN_MS = 40_000;

let image: GeneratorImage | undefined;
let engine: SecondEngine | undefined;
let product: RunningProduct | undefined;
let scene: FaultScene | undefined;

beforeEach(async () => {
  image = await buildGeneratorImage();
  engine = await startSecondEngine();
  await engine.load(image.name);
  const env = { ANYON_CLOUD_IMAGE: image.name, DOCKER_HOST: engine.address };
  product = await startRunningProduct({ env, host: engine.namespaceAddress, prefix: engine.prefix });
});

// A test that failed may have left the engine killed, and then nothing can be removed from it.
afterEach(() => closeAll(() => scene?.close(), () => engine?.start(), () => product?.close(), () => engine?.close(), () => image?.remove()));

it('D1-07 D2-05 REL-04 loses and repeats nothing of a run while the engine is killed and comes back, and of its end while there is no engine', async () => {
  const seed = faultSeed();
  const random = randomNumbers(seed);
  const docker = engine as SecondEngine;
  const watched = (scene = await openFaultScene(product as RunningProduct, { gitHost: docker.hostAddress, seed }));
  const { pid } = watched.progress();
  const killedAt: string[] = [];
  const kill = async (daemons: Daemon[]) => {
    await sleep(200 + random() * 3_000);
    expect(watched.progress()).toMatchObject({ pid, ended: false });
    await docker.kill(...daemons);
    killedAt.push(`${daemons.join('+')} at ${(watched.progress().bytes.out / 1e6).toFixed(1)} MB`);
  };

  for (const daemons of OUTAGES) {
    await kill(daemons);
    await sleep(random() * 2_000);
    await docker.start();
    await workspaceIs(watched, 'running');
  }
  await kill(['dockerd']);
  const started = performance.now();
  expect(await workspaceIs(watched, 'unknown', UNKNOWN_WITHIN_MS)).toMatch(/^Docker does not answer/);
  const unknownAfterMs = performance.now() - started;
  watched.enough();
  const figures = await expectNothingLost(watched);
  await docker.start();
  expect(await workspaceIs(watched, 'running')).toBeNull();
  console.info(`engine killed ${killedAt.length} times (seed ${seed}): ${figures}; ${killedAt.join(', ')}; unknown after ${(unknownAfterMs / 1_000).toFixed(1)} s, ended without an engine`);
});

/** Waits until the workspace is in this state; returns the reason that it gives. */
async function workspaceIs({ client, workspaceId }: FaultScene, wanted: string, withinMs = 60_000): Promise<string | null> {
  let reason: string | null = null;
  await until(
    `the workspace to be ${wanted}`,
    async () => {
      const { status, statusReason } = await client.workspaces.byId.query({ workspaceId });
      reason = statusReason;
      return status === wanted;
    },
    withinMs,
  );
  return reason;
}
