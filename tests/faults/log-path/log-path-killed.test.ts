import { readFileSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { closeAll } from '@/tests/faults/close-all';
import { whole } from '@/tests/faults/extent';
import { faultSeed } from '@/tests/faults/fault-scene';
import { hostileContent, hostileErrors } from '@/tests/faults/generator/hostile-content.mjs';
import { randomNumbers } from '@/tests/faults/generator/random-numbers.mjs';
import type { HandmadeRun } from '@/tests/faults/log-path/handmade-run';
import { isConsistentNow } from '@/tests/faults/log-path/log-path-invariants';
import { openLogPathScene, type LogPathScene } from '@/tests/faults/log-path/log-path-scene';
import type { SupervisingProcess } from '@/tests/faults/log-path/supervising-process';
import { startPostgresFaultProxy, type Moment, type PostgresFaultProxy } from '@/tests/faults/postgres-fault-proxy';
import { until } from '@/tests/setup/runtime-container';
import { createTestDatabase, type TestDatabase } from '@/tests/setup/test-database';

/** The process that collects a run's output is killed, doubled and set to another time; the run is a hand of this test on its files. */
const seed = faultSeed();
const random = randomNumbers(seed);
/** Kills at random; `npm test` does a few of them. */
const KILLS = whole ? 100 : 4;
const HOUR_MS = 3_600_000;

let testDatabase: TestDatabase;
let proxy: PostgresFaultProxy;
let scene: LogPathScene;
let supervising: SupervisingProcess[] = [];

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  proxy = await startPostgresFaultProxy(testDatabase.url);
  scene = await openLogPathScene({ database: testDatabase.database, url: testDatabase.url, through: proxy.url });
});
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') console.info(supervising.map((each) => each.output().slice(-3_000)).join('\n'));
  await Promise.all(supervising.map((each) => each.kill()));
  supervising = [];
});
afterAll(() => closeAll(() => scene?.close(), () => proxy?.close(), () => testDatabase?.drop()));

async function supervise(): Promise<SupervisingProcess> {
  const started = await scene.supervise();
  supervising.push(started);
  return started;
}

/** Hostile output, in pieces that have no regard for lines, characters or secrets. */
function writer(run: HandmadeRun): (bytes: number) => void {
  const content = hostileContent({ random, credential: run.credential, bytes: Infinity });
  const errors = hostileErrors({ random, credential: run.credential });
  return (bytes) => {
    for (let written = 0; written < bytes; ) {
      const whole = content.next().value.bytes;
      const cut = Math.floor(random() * whole.length);
      for (const piece of [whole.subarray(0, cut), whole.subarray(cut)]) run.write(piece);
      written += whole.length;
      if (random() < 0.1) run.write(errors.next().value as Buffer, 'err');
    }
  };
}

async function expectWhole(run: HandmadeRun, status = 'succeeded'): Promise<void> {
  const row = await run.final();
  expect({ status: row.status, seed, broken: await scene.broken(run) }).toEqual({ status, seed, broken: [] });
}

it.each<[string, Moment]>([
  ['D1-01 the process is killed between a read of the output and the commit of its rows', 'before the statement'],
  ['D1-02 the process is killed between the commit of rows and everything that follows from it', 'after the commit'],
])('%s: the next goes on exactly there', async (_title, moment) => {
  const run = await scene.addRun();
  const write = writer(run);
  write(200_000);
  const first = await supervise();
  await run.copied(100_000);
  for (let round = 0; round < (whole ? 8 : 1); round += 1) {
    const mark = `mark-${round}-${seed}`;
    const standing = proxy.holdAt(moment, mark);
    run.write(`\n${JSON.stringify({ type: 'assistant', mark })}\n`);
    write(50_000);
    await standing;
    await (supervising.at(-1) ?? first).kill();
    expect(await isConsistentNow(scene.database, run)).toBe(true);
    await supervise();
    write(50_000);
  }
  run.exit();
  await expectWhole(run);
});

it(`D1-03 REL-01 the process is killed ${KILLS} times at random: nothing is lost or repeated, and the run is final only after its last byte`, async () => {
  const run = await scene.addRun();
  const write = writer(run);
  for (let kill = 0; kill < KILLS; kill += 1) {
    const process = await supervise();
    for (let piece = 0; piece < 4; piece += 1) {
      write(random() * 60_000);
      await sleep(random() * 60);
    }
    await process.kill();
    expect(await isConsistentNow(scene.database, run)).toBe(true);
  }
  run.exit();
  // The last falls into the moments in which the run is judged.
  const judging = await supervise();
  await sleep(random() * 150);
  await judging.kill();
  await supervise();
  await expectWhole(run);
});

it('D1-04 two processes take the run from each other all the time: each byte is there once, each row once', async () => {
  const run = await scene.addRun();
  const write = writer(run);
  await Promise.all([supervise(), supervise()]);
  const takings = whole ? 60 : 6;
  await until(
    `${takings} takings`,
    async () => {
      write(random() * 20_000);
      await sleep(random() * 60);
      return (await run.row()).fence >= takings;
    },
    120_000,
  );
  run.exit();
  await expectWhole(run);
});

it('D1-18 the clock of the process goes an hour ahead, an hour back and to and fro: order and place of every row stay', async () => {
  const run = await scene.addRun();
  const write = writer(run);
  const process = await supervise();
  for (const ahead of [HOUR_MS, -HOUR_MS, 0, -HOUR_MS, HOUR_MS, -1_000]) {
    write(50_000);
    await run.copied(run.written('out').length - 5_000);
    process.setClockAhead(ahead);
  }
  run.exit();
  await expectWhole(run);
});

it('D1-18 the clock goes an hour back: an end without an exit is noticed all the same', async () => {
  const run = await scene.addRun();
  const process = await supervise();
  run.write('the only line\n');
  await run.copied(10);
  process.setClockAhead(-HOUR_MS);
  process.loseContainer();
  run.close();
  await expectWhole(run, 'interrupted');
});

it('D1-21 the power fails: what the disk had not confirmed of the log is gone, and comes again out of the output', async () => {
  const run = await scene.addRun();
  const write = writer(run);
  for (let failure = 0; failure < 3; failure += 1) {
    const process = await supervise();
    write(300_000);
    await run.copied(run.written('out').length - 5_000);
    await process.kill();
    truncateSync(path.join(run.log, 'out.log'), Math.floor(random() * run.logSize()));
  }
  await supervise();
  run.exit();
  await expectWhole(run);
});

it('D1-21 the power fails, and the output has lost its end as well: what the disk has is kept, and the run says that something is missing', async () => {
  const run = await scene.addRun();
  writer(run)(300_000);
  const process = await supervise();
  await until('the rows', async () => (await run.row()).parsedUpTo > 200_000, 30_000);
  await process.kill();
  const [log, raw] = [path.join(run.log, 'out.log'), run.raw('out')];
  truncateSync(log, 100_000);
  truncateSync(raw, 150_000);
  const kept = readFileSync(log);
  await supervise();
  run.exit({ result: false });
  const row = await run.final();
  expect(row).toMatchObject({ logTampered: true, outBytes: 150_000 });
  expect(readFileSync(log).subarray(0, kept.length).equals(kept)).toBe(true);
});
