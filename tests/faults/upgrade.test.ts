import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bridgeGateway } from '@/scripts/demo/bridge-gateway.mjs';
import { closeAll } from '@/tests/faults/close-all';
import { faultSeed, openFaultScene, type FaultScene } from '@/tests/faults/fault-scene';
import { expectNothingLost } from '@/tests/faults/nothing-lost';
import { buildGeneratorImage, type GeneratorImage } from '@/tests/setup/generator-image';
import { startRunningProduct, type RunningProduct } from '@/tests/setup/running-product';

let image: GeneratorImage | undefined;
let product: RunningProduct | undefined;
let scene: FaultScene | undefined;

beforeEach(async () => {
  image = await buildGeneratorImage();
  product = await startRunningProduct({ env: { ANYON_CLOUD_IMAGE: image.name } });
});

afterEach(() => closeAll(() => scene?.close(), () => product?.close(), () => image?.remove()));

/** To `npm run up` a build with other settings is another one, and takes its place in the same way; simulator and egress proxy are not given this one. */
it('D2-21 REL-22 an upgrade in the middle of a run loses and repeats nothing, on the page that stays open neither', async () => {
  const running = product as RunningProduct;
  scene = await openFaultScene(running, { gitHost: await bridgeGateway(), seed: faultSeed() });
  const { pid } = scene.progress();
  const before = running.processes();

  await running.up({ ANYON_BUNDLE_KEEP_DAYS: '31' });

  // In the log, for it may be over between two looks at the health; that says it too (tests/integration/hand-over.test.ts).
  const log = readFileSync(path.join(running.dataDir, 'logs/server.log'), 'utf8');
  for (const name of ['worker', 'web']) expect(log).toContain(`"msg":"${name}: draining`);
  const after = running.processes();
  for (const name of ['simulator', 'egress'] as const) expect({ name, pid: after[name]?.pid }).toEqual({ name, pid: before[name]?.pid });
  for (const name of ['parent', 'web', 'worker', 'preview'] as const) expect(after[name]?.pid, name).not.toBe(before[name]?.pid);
  expect(scene.progress()).toMatchObject({ pid, ended: false });
  scene.enough();
  console.info(`upgraded in the middle of a run: ${await expectNothingLost(scene)}`);
});
