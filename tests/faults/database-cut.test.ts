import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { env } from '@/server/env';
import { deleteWorkspace } from '@/server/workspaces/delete-workspace';
import { stopWorkspace } from '@/server/workspaces/stop-workspace';
import { chanceFrom } from '@/tests/faults/chosen-by-seed';
import { whole } from '@/tests/faults/extent';
import { faultSeed } from '@/tests/faults/fault-scene';
import { openLifeCycleScene, type LifeCycleScene } from '@/tests/faults/life-cycle-scene';
import { startPostgresFaultProxy, type PostgresFaultProxy } from '@/tests/faults/postgres-fault-proxy';
import { killWorkers, startWorkerProcess } from '@/tests/faults/worker-process';

/**
 * Postgres is started again while the worker is in a transaction: every connection of the worker ends, at one of three moments of the one that is writing. The worker loses its
 * lead with that and ends, as it must; the next one goes on. `npm test` takes one case, by chance.
 */
const moments = ['before the statement', 'in its middle', 'after the commit'] as const;

/** The transactions of an operation, by what each of them writes. */
const writes = {
  create: ['insert into "task_attempts"', 'update "task_attempts"'],
  stop: ['insert into "checkpoints"', 'update "task_attempts"'],
  delete: ['insert into "removed_workspaces"', 'delete from "workspaces"', 'update "task_attempts"'],
} as const;
const STRUCK_WITHIN_MS = 120_000;
type Operation = keyof typeof writes;
/** Those that are a transaction by themselves: nothing is sent behind them that could be answered late. */
const alone: ReadonlySet<string> = new Set(['insert into "removed_workspaces"', 'delete from "workspaces"']);

interface Cut {
  operation: Operation;
  statement: string;
  moment: (typeof moments)[number];
}

const seed = faultSeed();
const all: Cut[] = (Object.keys(writes) as Operation[]).flatMap((operation) => writes[operation].flatMap((statement) => moments.filter((moment) => !alone.has(statement) || moment !== 'after the commit').map((moment) => ({ operation, statement, moment }))));
const chosen = whole ? all : chanceFrom(seed).shuffled(all).slice(0, 1);

let scene: LifeCycleScene;
let proxy: PostgresFaultProxy;

beforeAll(async () => {
  scene = await openLifeCycleScene();
  proxy = await startPostgresFaultProxy(env().DATABASE_URL ?? '');
  console.info(`database cut: ${whole ? 'all of them' : `ANYON_FAULT_SEED=${seed}`}`);
});
afterAll(async () => {
  await proxy?.close();
  await scene?.product.close();
});

/** A worker, and the next one when it ends, as the parent does it. */
let keeping = false;
let kept: Promise<number> = Promise.resolve(0);

async function keepWorker(): Promise<number> {
  let started = 0;
  while (keeping) {
    started += 1;
    await startWorkerProcess({ DATABASE_URL: proxy.url }).ended;
  }
  return started;
}

afterEach(async () => {
  keeping = false;
  await killWorkers();
  await kept;
});

/** A statement that is never sent is one that the operation has no more. */
async function inTime(struck: Promise<void>): Promise<void> {
  const late = sleep(STRUCK_WITHIN_MS, 'late', { ref: false });
  if ((await Promise.race([struck, late])) === 'late') throw new Error('The statement was not sent.');
}

describe('D2-10 REL-07 Postgres is started again', () => {
  it.each(chosen)('in the transaction of $operation that sends $statement, $moment', async ({ operation, statement, moment }) => {
    keeping = true;
    kept = keepWorker();
    const id = operation === 'create' ? null : await scene.create('cut');
    if (id) await scene.until(id, 'it to run', (row) => row?.status === 'running');
    if (id) scene.leaveWork(id, 'kept\n');
    if (id) await killWorkers(); // a statement is sent as text only the first time on a connection; the next worker has new ones

    const struck = moment === 'in its middle' ? proxy.cutInMiddleOf(statement) : proxy.holdAt(moment, statement);
    const subject = id ?? (await scene.create('cut'));
    if (operation === 'stop') await stopWorkspace(await scene.access(subject));
    if (operation === 'delete') await deleteWorkspace(await scene.access(subject));
    await inTime(struck);
    expect(proxy.reset()).toBeGreaterThan(0);

    const expected = { create: 'running', stop: 'stopped', delete: 'gone' }[operation];
    await scene.until(subject, `it to be ${expected}`, (row) => (row?.status ?? 'gone') === expected);
    const seconds = await scene.quiet();
    console.info(`${operation}, ${statement}, ${moment}: right again after ${seconds.toFixed(1)} s`);
    if (operation === 'delete') return;
    await deleteWorkspace(await scene.access(subject));
    await scene.until(subject, 'it to go', (row) => row === null);
  });
});
