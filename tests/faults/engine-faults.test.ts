import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chanceFrom } from '@/tests/faults/chosen-by-seed';
import { startDockerFaultProxy, type DockerFaultProxy } from '@/tests/faults/docker-fault-proxy';
import { FaultBench, faultKinds, type FaultCase } from '@/tests/faults/engine-fault-cases';
import type { OperationName } from '@/tests/faults/engine-operations';
import { whole } from '@/tests/faults/extent';
import { faultSeed } from '@/tests/faults/fault-scene';
import { openLifeCycleScene, type LifeCycleScene } from '@/tests/faults/life-cycle-scene';
import { killWorkers, startWorkerProcess } from '@/tests/faults/worker-process';

/**
 * The worker's engine is behind a proxy in which one call goes wrong. Everything must come right by itself, or say what a person
 * has to do. `npm test` takes two cases of each operation, with every kind of fault among them all; `npm run test:faults` takes
 * twelve, and `ANYON_FULL=1` every one there is, which takes hours.
 */
const full = process.env['ANYON_FULL'] === '1';
const CASES_OF_EACH = 12;
const seed = faultSeed();
/** What goes wrong with the two, operation by operation; every kind has its turn before one has its second. */
const dealt = chanceFrom(seed).shuffled(faultKinds);
const operations: OperationName[] = ['create', 'restart', 'stop', 'start', 'archive', 'delete'];

function chosenOf(all: FaultCase[], operation: OperationName): FaultCase[] {
  if (full) return all;
  const shuffled = chanceFrom(seed).shuffled(all);
  if (whole) return shuffled.slice(0, CASES_OF_EACH);
  const place = 2 * operations.indexOf(operation);
  return [place, place + 1].flatMap((index) => shuffled.find(({ fault }) => fault === dealt[index % dealt.length]) ?? []);
}

let scene: LifeCycleScene;
let proxy: DockerFaultProxy;
let bench: FaultBench;

beforeAll(async () => {
  scene = await openLifeCycleScene();
  proxy = await startDockerFaultProxy();
  bench = new FaultBench(scene, proxy);
  startWorkerProcess({ DOCKER_HOST: proxy.address });
  console.info(`engine faults: ANYON_FAULT_SEED=${seed}${full ? ', every case' : ''}`);
});
afterAll(async () => {
  await killWorkers();
  await proxy?.close();
  await scene?.product.close();
});

describe('D2-02 D2-03 REL-03 each call that an operation makes to the engine, going wrong in each way', () => {
  it.each(operations)(
    '%s',
    async (operation) => {
      const all = await bench.casesOf(operation);
      const chosen = chosenOf(all, operation);
      const before = bench.missed;
      const problems: string[] = [];
      for (const one of chosen) {
        const begun = Date.now();
        const found = await bench.problemsOf(one);
        console.info(`${inWords(one)}: ${found.length === 0 ? 'right' : found.join('; ')} after ${((Date.now() - begun) / 1_000).toFixed(1)} s`);
        problems.push(...found.map((problem) => `${inWords(one)}: ${problem}`));
      }
      console.info(`${operation}: ${chosen.length} of ${all.length} cases, of which ${bench.missed - before} did not come to pass`);
      expect(problems).toEqual([]);
    },
    full ? 4 * 60 * 60_000 : undefined,
  );
});

function inWords({ operation, call, nth, fault }: FaultCase): string {
  return `${operation}, ${call} no. ${nth}, ${fault}`;
}
