import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { faultSeed, openFaultScene, type FaultScene } from '@/tests/faults/fault-scene';
import { randomNumbers } from '@/tests/faults/generator/random-numbers.mjs';
import { expectNothingLost } from '@/tests/faults/nothing-lost';
import { buildGeneratorImage, type GeneratorImage } from '@/tests/setup/generator-image';
import { startRunningProduct, type RunningProduct } from '@/tests/setup/running-product';
import { until } from '@/tests/setup/runtime-container';
import { startSecondEngine, type SecondEngine } from '@/tests/setup/second-engine';

const BYTES = 30 * 1024 * 1024;
const SECONDS = 40;
const QUICK_OUTAGES = 3;
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

afterEach(async () => {
  await scene?.close();
  await product?.close();
  await engine?.close();
  await image?.remove();
});

it('loses and repeats nothing of a run while the engine is killed and comes back, and says so meanwhile', async () => {
  const seed = faultSeed();
  const random = randomNumbers(seed);
  const docker = engine as SecondEngine;
  const watched = (scene = await openFaultScene(product as RunningProduct, { gitHost: docker.hostAddress, prompt: { seed, bytes: BYTES, seconds: SECONDS } }));
  const { pid } = watched.progress();
  const killedAt: string[] = [];
  const kill = async (...daemons: ('dockerd' | 'containerd')[]) => {
    await sleep(200 + random() * 3_000);
    expect(watched.progress()).toMatchObject({ pid, ended: false });
    await docker.kill(...daemons);
    killedAt.push(`${daemons.join('+')} at ${(watched.progress().bytes.out / 1e6).toFixed(1)} MB`);
  };

  for (let outage = 0; outage < QUICK_OUTAGES; outage++) {
    await kill('dockerd');
    await sleep(random() * 2_000);
    await docker.start();
  }
  await kill('dockerd', 'containerd');
  const unknownAfterMs = await timeUntilUnknown(watched);
  await docker.start();
  await until('the workspace to be running again', async () => (await workspaceOf(watched)).status === 'running', 60_000);
  watched.enough();

  const figures = await expectNothingLost(watched);
  console.info(`engine killed ${killedAt.length} times (seed ${seed}): ${figures}; ${killedAt.join(', ')}; unknown after ${(unknownAfterMs / 1_000).toFixed(1)} s`);
});

/** Milliseconds until the workspace says that its engine is away, with a reason. */
async function timeUntilUnknown(watched: FaultScene): Promise<number> {
  const started = performance.now();
  await until('the workspace to be unknown', async () => (await workspaceOf(watched)).status === 'unknown', UNKNOWN_WITHIN_MS);
  expect((await workspaceOf(watched)).statusReason).toMatch(/^Docker does not answer/);
  return performance.now() - started;
}

function workspaceOf({ client, workspaceId }: FaultScene) {
  return client.workspaces.byId.query({ workspaceId });
}
