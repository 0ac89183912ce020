import { closeSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { openLogIndex, type LogIndex } from '@/server/runs/log-index/log-index';
import { readRunLogRange } from '@/server/runs/run-log-range';
import type { BenchRow, BenchRun, Comparison } from '@/tests/bench/row';

const MEGABYTE = 1024 * 1024;
const LARGE = 1024 * MEGABYTE;
const SMOKE_LARGE = 64 * MEGABYTE;
const ROUNDS = 200;
const TAIL_BYTES = 256 * 1024;
const BLOCK_LINES = 256;

/** What a page asks for when it opens a log. */
type Look = 'first screen' | 'jump to the end' | 'jump to the middle';
type Log = { file: string; index: LogIndex };

const looks: Readonly<Record<Look, (log: Log) => Promise<unknown>>> = {
  'first screen': async ({ file }) => (await readRunLogRange(new Request('http://localhost/', { headers: { range: `bytes=-${TAIL_BYTES}` } }), { path: file, final: true })).arrayBuffer(),
  'jump to the end': async (log) => readAround(log, 1),
  'jump to the middle': async (log) => readAround(log, 0.5),
};

async function readAround({ file, index }: Log, share: number): Promise<unknown> {
  const { lines } = await index.catchUp();
  const first = Math.max(0, Math.floor((lines - BLOCK_LINES) * share));
  const slice = { from: await index.startOf(first), to: await index.startOf(first + BLOCK_LINES) };
  return (await readRunLogRange(new Request('http://localhost/'), { path: file, final: true, slice })).arrayBuffer();
}

function makeLog(file: string, bytes: number): void {
  const line = (n: number) => `2026-01-02T03:04:${String(n % 60).padStart(2, '0')}.123Z INFO  [worker-${n % 7}] compiled src/modules/feature-${n % 100}/index.ts in ${(n * 31) % 997} ms\n`;
  const block = Buffer.from(Array.from({ length: 10_000 }, (_, n) => line(n)).join(''));
  const handle = openSync(file, 'w');
  for (let at = 0; at < bytes; at += block.length) writeSync(handle, block, 0, Math.min(block.length, bytes - at));
  closeSync(handle);
}

/** Milliseconds of each of `rounds`, after as many that do not count. */
async function times(work: () => Promise<unknown>, rounds: number): Promise<number[]> {
  const found: number[] = [];
  for (let round = 0; round < 2 * rounds; round++) {
    const begun = performance.now();
    await work();
    if (round >= rounds) found.push(performance.now() - begun);
  }
  return found;
}

async function measure({ directory, smoke, say }: BenchRun): Promise<Comparison[]> {
  const made = async (name: string, bytes: number) => {
    const file = path.join(directory, `${name}.log`);
    makeLog(file, bytes);
    const index = openLogIndex(file);
    const begun = performance.now();
    await index.catchUp();
    const madeMs = performance.now() - begun;
    say(`the index of the ${name} one was made in ${madeMs.toFixed(0)} ms`);
    return { log: { file, index }, madeMs };
  };
  const small = await made('small', MEGABYTE);
  const large = await made('large', smoke ? SMOKE_LARGE : LARGE);
  const rounds = smoke ? 5 : ROUNDS;
  const comparisons: Comparison[] = [];
  for (const [name, look] of Object.entries(looks)) {
    const before = await times(async () => look(small.log), Math.ceil(rounds / 2));
    const product = await times(async () => look(large.log), rounds);
    const after = await times(async () => look(small.log), Math.ceil(rounds / 2));
    comparisons.push({ name, unit: 'ms', product, peer: { name: 'a log of 1 MB', before, after }, goal: name === 'jump to the middle' ? null : { of: 'ratio', atMost: 1.5 } });
  }
  return [...comparisons, { name: 'the index is made, once', unit: 'ms', product: [large.madeMs], peer: null, goal: null }];
}

export const row: BenchRow = {
  id: 'S8',
  title: 'opening a log of 1 GB',
  what: 'How long the server needs for what a page asks when it opens a log of 1 GB: the first screen (the last 256 KB, by byte range), and a jump to the end and to the middle (256 lines around, found by the index of lines).',
  how: 'The functions behind the product’s log addresses are called on a log of 1 GB and, before and after, on one of 1 MB of the same lines; 200 times each, after as many that do not count. The index of the large one is made once, before, and its time told.',
  leavesOut: 'The way over HTTP, which is the same for both, and what the browser does: that a tab stays small and draws only what is seen is a test in the browser. Both files are in the page cache: after a restart of the machine the disk comes on top.',
  needs: 'node',
  measure,
};
