import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { openLogIndex, type LogIndex } from '@/server/runs/log-index/log-index';
import { readRunLogRange } from '@/server/runs/run-log-range';

/**
 * Goal S8, the server's part: what a page asks for when it opens a log of 1 GB, beside one of 1 MB in the same run: the first screen (the last
 * 256 KB by byte range), a jump to the end and to the middle (the lines around, by the index). The index of each is made once before, and timed.
 */
const MEGABYTE = 1024 * 1024;
const SIZES = { '1 MB': MEGABYTE, '1 GB': 1024 * MEGABYTE };
const ROUNDS = 200;
const GOAL = 1.5;
const TAIL_BYTES = 256 * 1024;
const BLOCK_LINES = 256;

const line = (n: number) => `2026-01-02T03:04:${String(n % 60).padStart(2, '0')}.123Z INFO  [worker-${n % 7}] compiled src/modules/feature-${n % 100}/index.ts in ${(n * 31) % 997} ms\n`;

function makeLog(file: string, bytes: number): void {
  const block = Buffer.from(Array.from({ length: 10_000 }, (_, n) => line(n)).join(''));
  const handle = openSync(file, 'w');
  for (let at = 0; at < bytes; at += block.length) writeSync(handle, block, 0, Math.min(block.length, bytes - at));
  closeSync(handle);
}

async function readTail(file: string): Promise<number> {
  const response = await readRunLogRange(new Request('http://localhost/', { headers: { range: `bytes=-${TAIL_BYTES}` } }), { path: file, final: true });
  return (await response.arrayBuffer()).byteLength;
}

async function readAround(file: string, index: LogIndex, share: number): Promise<number> {
  const { lines } = await index.catchUp();
  const first = Math.max(0, Math.floor((lines - BLOCK_LINES) * share));
  const slice = { from: await index.startOf(first), to: await index.startOf(first + BLOCK_LINES) };
  const response = await readRunLogRange(new Request('http://localhost/'), { path: file, final: true, slice });
  return (await response.arrayBuffer()).byteLength;
}

/** The median of many, in milliseconds, after as many that do not count. */
async function median(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 2 * ROUNDS; round += 1) {
    const begun = performance.now();
    await work();
    if (round >= ROUNDS) times.push(performance.now() - begun);
  }
  return times.sort((a, b) => a - b)[ROUNDS / 2] ?? 0;
}

const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-open-log-'));
const rows: Record<string, Record<'index made' | 'index read' | 'first screen' | 'jump to the end' | 'jump to the middle', number>> = {};
try {
  for (const [name, bytes] of Object.entries(SIZES)) {
    const file = path.join(directory, `${bytes}.log`);
    makeLog(file, bytes);
    const timed = async (work: () => Promise<unknown>) => {
      const begun = performance.now();
      await work();
      return performance.now() - begun;
    };
    const index = openLogIndex(file);
    const made = await timed(() => index.catchUp());
    rows[name] = {
      'index made': made,
      'index read': await timed(() => openLogIndex(file).catchUp()),
      'first screen': await median(() => readTail(file)),
      'jump to the end': await median(() => readAround(file, index, 1)),
      'jump to the middle': await median(() => readAround(file, index, 0.5)),
    };
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
const [small, large] = [rows['1 MB']!, rows['1 GB']!];
const names = Object.keys(small) as (keyof typeof small)[];
process.stdout.write(`\nopening a log, ms on the server (goal S8: 1 GB within ${GOAL} × of 1 MB)\n`);
for (const name of names) process.stdout.write(`${name.padEnd(20)} 1 MB ${small[name].toFixed(2).padStart(9)}   1 GB ${large[name].toFixed(2).padStart(9)}   ${(large[name] / small[name]).toFixed(2)} ×\n`);
const results = path.resolve(import.meta.dirname, '../../bench-results');
await mkdir(results, { recursive: true });
await writeFile(path.join(results, 'open-log.json'), `${JSON.stringify({ at: new Date().toISOString(), rounds: ROUNDS, goal: GOAL, rows }, null, 2)}\n`);
process.stdout.write('\nwritten to bench-results/open-log.json\n');
const held = (['first screen', 'jump to the end'] as const).every((name) => large[name] <= GOAL * small[name]);
if (!held) process.exitCode = 1;
