import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { chanceFrom } from '@/tests/faults/chosen-by-seed';
import { closeAll } from '@/tests/faults/close-all';
import { whole } from '@/tests/faults/extent';
import { faultSeed } from '@/tests/faults/fault-scene';
import { hostileContent } from '@/tests/faults/generator/hostile-content.mjs';
import { plantedTokens } from '@/tests/faults/generator/planted-tokens.mjs';
import { randomNumbers } from '@/tests/faults/generator/random-numbers.mjs';
import type { HandmadeRun } from '@/tests/faults/log-path/handmade-run';
import { openLogPathScene, type LogPathScene } from '@/tests/faults/log-path/log-path-scene';
import type { LogPathExpectation } from '@/tests/faults/log-path/log-path-invariants';
import type { SupervisingProcess } from '@/tests/faults/log-path/supervising-process';
import { until } from '@/tests/setup/runtime-container';
import { createTestDatabase, type TestDatabase } from '@/tests/setup/test-database';

/** What happens to the files of a log, and what stands in them. Those that need a process that begins anew kill the one that the others share. */
const seed = faultSeed();
const random = randomNumbers(seed);
const MEGABYTE = 1024 * 1024;

let testDatabase: TestDatabase;
let scene: LogPathScene;
let supervising: SupervisingProcess | null = null;
const mounted: string[] = [];

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  scene = await openLogPathScene({ database: testDatabase.database, url: testDatabase.url });
});
afterEach(({ task }) => {
  if (task.result?.state === 'fail') console.info(supervising?.output().slice(-3_000));
  for (const place of mounted.splice(0)) execFileSync('umount', ['--lazy', place]);
});
afterAll(() => closeAll(() => scene?.close(), () => testDatabase?.drop()));

async function supervised(): Promise<void> {
  supervising ??= await scene.supervise();
}

async function alone(): Promise<void> {
  await supervising?.kill();
  supervising = null;
}

async function expectWhole(run: HandmadeRun, status = 'succeeded', expected: Omit<LogPathExpectation, 'processes'> = {}): Promise<void> {
  const row = await run.final(whole ? 120_000 : 60_000);
  expect({ status: row.status, seed, broken: await scene.broken(run, expected) }).toEqual({ status, seed, broken: [] });
}

const linesKept = (run: HandmadeRun) => until('the rows', async () => (await run.row()).parsedUpTo === run.written('out').length, 30_000);

// Only root can mount.
it.skipIf(process.getuid?.() !== 0)('D1-11 the disk of the log is full in the middle of the run: the run goes on, and when there is room the rest comes', async () => {
  await supervised();
  const run = await scene.addRun(({ log }) => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', log]);
    mounted.push(log);
  });
  run.write('x'.repeat(999).concat('\n').repeat(3_000));
  await until('a full disk', () => run.logSize() > 900_000, 30_000);
  run.exit();
  await sleep(1_000); // an end that is not one: nothing may be said to be over now
  expect((await run.row()).status).toBe('running');
  execFileSync('mount', ['-o', 'remount,size=64m', run.log]);
  await expectWhole(run);
});

describe('D1-12 the run meddles with its output', () => {
  const begun = async () => {
    const run = await scene.addRun();
    run.write('first line\nsecond line of some length\n');
    await linesKept(run);
    return run;
  };

  it('D1-12 by making it shorter: what was copied stays, and the run says so', async () => {
    await supervised();
    const run = await begun();
    const lostFrom = run.written('out').length;
    truncateSync(run.raw('out'), 5);
    run.write('forged\n');
    run.exit({ result: false });
    await expectWhole(run, 'failed', { lostFrom });
  });

  it.each([
    ['moving it away and making another', (file: string) => { renameSync(file, `${file}.1`); writeFileSync(file, 'forged\n'); }],
    ['putting another over it', (file: string) => { writeFileSync(`${file}.new`, 'forged\n'); renameSync(`${file}.new`, file); }],
    ['deleting it', unlinkSync],
  ])('D1-12 by %s: the output that was opened is read to its end, and the run says so', async (_how, meddle) => {
    await supervised();
    const run = await begun();
    meddle(run.raw('out'));
    run.write('after it\n');
    run.exit();
    await expectWhole(run, 'succeeded', { flagged: true });
  });

  it('D1-12 by deleting it while nobody looks: the run comes to its end, with what was copied, and says so', async () => {
    await supervised();
    const run = await begun();
    await alone();
    const lostFrom = run.written('out').length;
    unlinkSync(run.raw('out'));
    run.write('after it\n');
    await supervised();
    run.exit({ result: false });
    await expectWhole(run, 'failed', { lostFrom });
  });
});

describe('D1-13 the run puts something else in the place of its output', () => {
  const things: [string, (file: string) => void][] = [
    ['a link to a file of the host', (file) => symlinkSync('/etc/passwd', file)],
    ['a FIFO', (file) => void execFileSync('mkfifo', [file])],
    ['a folder', (file) => mkdirSync(file)],
    ['a link to a device', (file) => symlinkSync('/dev/zero', file)],
  ];

  it.each(whole ? things : chanceFrom(seed).shuffled(things).slice(0, 2))('D1-13 %s: nothing is read of it, the run comes to its end and says so', async (_what, put) => {
    await alone();
    const run = await scene.addRun(({ exchange }) => {
      put(path.join(exchange, 'placed'));
    });
    rmSync(run.raw('out'));
    renameSync(path.join(run.exchange, 'placed'), run.raw('out'));
    run.write('into the file that is no more there\n');
    await supervised();
    run.exit({ result: false });
    await expectWhole(run, 'failed', { lostFrom: 0 });
  });
});

describe('D1-14 REL-15 much, and long', () => {
  const floods: [string, (run: HandmadeRun) => void][] = [
    ['one line of 10 MB', (run) => run.write(Buffer.concat([Buffer.alloc(10 * MEGABYTE, 'z'), Buffer.from('\nafter it\n')]))],
    ['4 MB with carriage returns only', (run) => run.write('progress 50 %\r'.repeat(300_000))],
    ['4 MB without an end of line', (run) => run.write(Buffer.alloc(4 * MEGABYTE, 'no end '))],
    ['200,000 lines at once', (run) => run.write(Array.from({ length: 200_000 }, (_, line) => `line ${line}\n`).join(''))],
  ];
  const large: typeof floods = [['200 MB', (run) => {
    const block = `${JSON.stringify({ type: 'stream_event', event: 'y'.repeat(8_000) })}\n`.repeat(128);
    for (let written = 0; written < 200 * MEGABYTE; written += block.length) run.write(block);
  }]];

  it.each(whole ? [...floods, ...large] : [chanceFrom(seed).oneOf(floods)])('D1-14 %s: every byte is kept, in bounded memory', async (_what, flood) => {
    await supervised();
    const run = await scene.addRun();
    flood(run);
    run.exit();
    await expectWhole(run);
  });
});

it('D1-15 bytes that are no UTF-8, NUL, characters and colours cut anywhere: kept to the byte', async () => {
  await supervised();
  const run = await scene.addRun();
  const content = hostileContent({ random, credential: run.credential, bytes: Infinity });
  const awkward = Buffer.concat([Buffer.from('é€😀\u001b[31m'), Buffer.from([0, 0xff, 0xf0, 0x9f, 0x98, 0xed, 0xa0, 0x80, 0xc3])]);
  for (const edge of [64 * 1024, 128 * 1024, 512 * 1024]) {
    for (let left; (left = edge - 20_000 - run.written('out').length) > 0; ) run.write(content.next().value.bytes.subarray(0, left));
    const room = edge - run.written('out').length - Math.floor(random() * awkward.length);
    run.write(Buffer.concat([Buffer.alloc(room, '.'), awkward, Buffer.from('\n')]));
    for (const byte of awkward) run.write(Buffer.from([byte]), 'err');
  }
  run.exit();
  await expectWhole(run);
});

it('D1-16 a secret comes in two parts, cut at every byte: nothing of it is ever kept or shown', async () => {
  await supervised();
  const run = await scene.addRun();
  const seen: Buffer[] = [];
  for (const secret of [run.credential, Buffer.from(`:${run.credential}`).toString('base64'), ...(whole ? plantedTokens : [])]) {
    for (let cut = 1; cut < secret.length; cut += 1) {
      run.write('\n');
      const before = run.written('out').length;
      run.write(`found ${secret.slice(0, cut)}`);
      await until('the first part to be looked at', () => run.logSize() >= before + 'found '.length, 30_000);
      seen.push(readFileSync(path.join(run.log, 'out.log')));
      run.write(`${secret.slice(cut)}!\n`);
    }
  }
  run.exit();
  await expectWhole(run);
  const kept = readFileSync(path.join(run.log, 'out.log'));
  expect(seen.filter((early) => !early.equals(kept.subarray(0, early.length)))).toEqual([]);
});

it('D1-17 the output is idle in the middle of a secret, goes on as something else, and ends in the middle of one', async () => {
  await supervised();
  const run = await scene.addRun();
  const half = run.credential.slice(0, 14);
  run.write(`x ${half}`);
  await run.copied(2);
  await sleep(whole ? 10_000 : 1_000);
  expect(run.logSize()).toBe(2);
  const proven = performance.now();
  run.write(' is not it\n');
  await run.copied(run.written('out').length);
  expect(performance.now() - proven).toBeLessThan(3_000);
  run.write(`x ${half}`);
  run.exit({ result: false });
  await expectWhole(run, 'failed');
});

it.each([
  ['while it is looked after', async () => supervised()],
  ['while nobody is there', async () => alone()],
])('D1-22 REL-30 a run that ends within 10 ms after 5 MB, %s: all of it is there before the run is final', async (_when, before) => {
  const run = await (await before(), scene.addRun());
  const block = `${JSON.stringify({ type: 'assistant', message: { content: [{ type: 'text', text: 'w'.repeat(4_000) }] } })}\n`.repeat(320);
  for (let part = 0; part < 4; part += 1) run.write(block);
  const began = performance.now();
  run.exit();
  expect(performance.now() - began).toBeLessThan(1_000);
  await supervised();
  await expectWhole(run);
});
