import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bridgeGateway } from '@/scripts/demo/bridge-gateway.mjs';
import { closeAll } from '@/tests/faults/close-all';
import { whole } from '@/tests/faults/extent';
import { faultSeed, openFaultScene, type FaultScene } from '@/tests/faults/fault-scene';
import { randomNumbers } from '@/tests/faults/generator/random-numbers.mjs';
import { expectNothingLost } from '@/tests/faults/nothing-lost';
import { buildGeneratorImage, type GeneratorImage } from '@/tests/setup/generator-image';
import { startRunningProduct, type RunningProduct } from '@/tests/setup/running-product';
import { until } from '@/tests/setup/runtime-container';

type ProcessName = 'parent' | 'web' | 'worker';

/** Who is killed at once. Where the parent is among them, nobody brings the others back but the next `npm run up`. */
const EACH: ProcessName[][] = [['web'], ['worker'], ['web', 'worker'], ['parent', 'web', 'worker']];
/** `npm test` kills each once while the run is on, `npm run test:faults` twice, the worker three times, and over more output. */
const KILLS: ProcessName[][] = whole ? [...EACH, ...EACH, ['worker']] : EACH;

let image: GeneratorImage | undefined;
let product: RunningProduct | undefined;
let scene: FaultScene | undefined;

beforeEach(async () => {
  image = await buildGeneratorImage();
  product = await startRunningProduct({ env: { ANYON_CLOUD_IMAGE: image.name } });
});

afterEach(() => closeAll(() => scene?.close(), () => product?.close(), () => image?.remove()));

it(`D1-03 REL-01 REL-02 loses and repeats nothing of a run while the server is killed ${KILLS.length + 1} times, and the run never notices`, async () => {
  const seed = faultSeed();
  const random = randomNumbers(seed);
  const running = product as RunningProduct;
  scene = await openFaultScene(running, { gitHost: await bridgeGateway(), seed });
  const { pid } = scene.progress();

  const killedAt: string[] = [];
  for (const victims of shuffled(KILLS, random)) {
    await allAlive(running, ['parent', 'web', 'worker']);
    await sleep(200 + random() * 2_500);
    expect(scene.progress()).toMatchObject({ pid, ended: false });
    kill(running, victims);
    killedAt.push(`${victims.join('+')} at ${(scene.progress().bytes.out / 1e6).toFixed(1)} MB`);
    if (victims.includes('parent')) await running.up();
  }
  scene.enough();
  // The last falls into the moments in which the run is judged.
  await allAlive(running, ['web', 'worker']);
  await scene.exited();
  await sleep(random() * 100);
  kill(running, ['web', 'worker']);

  const figures = await expectNothingLost(scene);
  console.info(`server killed ${killedAt.length + 1} times (seed ${seed}): ${figures}; ${killedAt.join(', ')}, web+worker after the exit`);
});

/** Those that were killed may look alive for a moment, until their parent has noticed. */
const killed = new Set<number>();

async function allAlive(running: RunningProduct, names: ProcessName[]): Promise<void> {
  const isUp = (name: ProcessName) => {
    const found = running.processes()[name];
    return found !== undefined && !killed.has(found.pid);
  };
  await until(`${names.join(', ')} to run`, () => names.every(isUp), 30_000);
}

function kill(running: RunningProduct, names: ProcessName[]): void {
  const processes = running.processes();
  for (const name of names) {
    const { pid } = processes[name] as { pid: number };
    killed.add(pid);
    process.kill(pid, 'SIGKILL');
  }
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  return list
    .map((value) => ({ value, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ value }) => value);
}
