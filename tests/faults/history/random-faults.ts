import { setTimeout as sleep } from 'node:timers/promises';
import { chanceFrom, type Chance } from '@/tests/faults/chosen-by-seed';
import type { DockerFaultProxy } from '@/tests/faults/docker-fault-proxy';
import type { FaultKind } from '@/tests/faults/fault-kind';
import type { Journal } from '@/tests/faults/history/journal';
import { startWorkerProcess, type WorkerProcess } from '@/tests/faults/worker-process';

/** A worker that is started again whenever it ends, as the parent does; its calls to the engine pass a proxy that can lose them. */
export class SupervisedWorker {
  readonly #env: Record<string, string>;
  #worker: WorkerProcess;
  #ending = false;
  started = 0;

  constructor(env: Record<string, string>) {
    this.#env = env;
    this.#worker = this.#start();
  }

  #start(): WorkerProcess {
    this.started += 1;
    const worker = startWorkerProcess(this.#env);
    void worker.ended.then(() => {
      if (!this.#ending) this.#worker = this.#start();
    });
    return worker;
  }

  signal(name: NodeJS.Signals): void {
    this.#worker.signal(name);
  }

  async end(): Promise<void> {
    this.#ending = true;
    this.#worker.signal('SIGCONT');
    await this.#worker.kill();
  }
}

export interface FaultTargets {
  worker: SupervisedWorker;
  proxy: DockerFaultProxy;
  journal: Journal;
  /** Longest time for which a worker is stopped: after 12 s of that another one takes its lead. */
  longestStopMs: number;
}

type Fault = readonly [name: string, strike: (targets: FaultTargets, chance: Chance) => Promise<string>];

/** Calls by which something changes; what is only asked goes wrong as well, with `any`. */
const callsThatChange = [/^POST \/containers\/create/, /^POST \/containers\/:container\/start/, /^POST \/containers\/:container\/stop/, /^DELETE \/containers/, /^POST \/networks\/create/, /^DELETE \/networks/, /^POST \/containers\/:container\/exec/];
const spoilings: readonly FaultKind[] = ['lost', 'garbage', 'cut', { status: 500 }, { status: 409 }, { late: 1_500 }, { hangMs: 2_000 }];

export const faults: readonly Fault[] = [
  ['the worker is killed', async ({ worker }) => (worker.signal('SIGKILL'), 'SIGKILL')],
  ['the worker is ended in order', async ({ worker }) => (worker.signal('SIGTERM'), 'SIGTERM')],
  [
    'the worker stands still',
    async ({ worker, longestStopMs }, chance) => {
      const ms = chance.oneOf([500, longestStopMs / 2, longestStopMs]);
      worker.signal('SIGSTOP');
      await sleep(ms);
      worker.signal('SIGCONT');
      return `${ms} ms`;
    },
  ],
  [
    'calls to the engine go wrong',
    async ({ proxy }, chance) => {
      const call = chance.oneOf(callsThatChange);
      const kind = chance.oneOf(spoilings);
      proxy.arm({ call, kind, times: chance.oneOf([1, 2]) });
      return `${call.source} ${JSON.stringify(kind)}`;
    },
  ],
  ['connections to the database are cut', async ({ journal }) => `${await journal.cutConnections()} connections`],
];

/** Lets one thing after the other go wrong, by the seed, until the signal; then nothing is wrong any more. */
export async function strikeAtRandom(targets: FaultTargets, seed: number, note: (what: string) => void, signal: AbortSignal): Promise<void> {
  const chance = chanceFrom(seed);
  const pause = () => sleep(chance.oneOf([300, 800, 1_500, 2_500]), undefined, { signal }).catch(() => undefined);
  // Each of them once before any comes again.
  for (let order = chance.shuffled(faults); ; order = chance.shuffled(faults)) {
    for (const [name, strike] of order) {
      await pause();
      if (signal.aborted) return targets.proxy.arm();
      note(`${name}: ${await strike(targets, chance)}`);
    }
  }
}
