import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { searchPattern, type LookedFor } from '@/contract/log-search';
import { openLogIndex } from '@/server/runs/log-index/log-index';
import { matchLines } from '@/server/runs/log-search/match-lines';
import { searchFile } from '@/server/runs/log-search/search-file';
import { readRunLogRange } from '@/server/runs/run-log-range';
import { figure, printTable } from '@/tests/load/load-report';

const MEGABYTE = 1024 ** 2;
const TAIL_BYTES = 256 * 1024;
const ROUNDS = 15;
const ABSENT: LookedFor = { text: 'a word that is nowhere in it', kind: 'text', caseSensitive: false };

interface LogCost {
  megabytes: number;
  /** Once in a log's life, at 64 KiB a step while it grows. */
  indexMs: number;
  indexBytes: number;
  openMs: number;
  jumpMs: number;
  searchMs: number;
}

/** What opening, jumping into and searching a log costs, by its size. The matching is done in this thread and not in one of its own. */
export async function measureLogs(directory: string, megabytes: readonly number[], say: (line: string) => void): Promise<object> {
  const costs: LogCost[] = [];
  for (const size of megabytes) {
    const folder = path.join(directory, `log-${size}`);
    mkdirSync(folder);
    const file = path.join(folder, 'out.log');
    writeLog(file, size * MEGABYTE);
    costs.push(await costOf(file, size));
    rmSync(folder, { recursive: true });
    say(`logs: ${size} MB measured`);
  }
  const row = (name: string, value: (cost: LogCost) => string) => [name, ...costs.map(value)];
  printTable('Logs, by size', ['', ...costs.map((cost) => `${cost.megabytes} MB`)], [
    row('first screen, ms', ({ openMs }) => figure(openMs, 2)),
    row('jump to the middle, ms', ({ jumpMs }) => figure(jumpMs, 2)),
    row('search to the end, ms', ({ searchMs }) => figure(searchMs)),
    row('search, MB/s', (cost) => figure(cost.megabytes / (cost.searchMs / 1_000))),
    row('index of lines made, once, ms', ({ indexMs }) => figure(indexMs)),
    row('index of lines, KB', ({ indexBytes }) => figure(indexBytes / 1024)),
  ]);
  return { costs };
}

async function costOf(file: string, megabytes: number): Promise<LogCost> {
  const index = openLogIndex(file);
  const indexMs = await timed(() => index.catchUp());
  const openMs = await median(async () => (await readRunLogRange(new Request('http://localhost/', { headers: { range: `bytes=-${TAIL_BYTES}` } }), { path: file, final: true })).arrayBuffer());
  const jumpMs = await median(async () => {
    const { lines } = await index.catchUp();
    const first = Math.floor(lines / 2);
    const slice = { from: await index.startOf(first), to: await index.startOf(Math.min(lines, first + 256)) };
    return (await readRunLogRange(new Request('http://localhost/'), { path: file, final: true, slice })).arrayBuffer();
  });
  const searchMs = await timed(() => searchAll(file));
  const besides = (await readdir(path.dirname(file))).filter((name) => name !== path.basename(file));
  const sizes = await Promise.all(besides.map(async (name) => (await stat(path.join(path.dirname(file), name))).size));
  return { megabytes, indexMs, indexBytes: sizes.reduce((sum, size) => sum + size, 0), openMs, jumpMs, searchMs };
}

async function searchAll(file: string): Promise<void> {
  const { source, flags } = searchPattern(ABSENT) as RegExp;
  const matcher = { match: async (piece: Omit<Parameters<typeof matchLines>[0], 'source' | 'flags' | 'literal'>) => matchLines({ source, flags, literal: true, ...piece }), close: async () => undefined };
  const { size } = await stat(file);
  for await (const step of searchFile({ path: file, stream: 'out', from: { offset: 0, line: 0 }, to: size, complete: true, matcher, room: () => 100 })) if (step.count > 0) throw new Error('What is nowhere in it was found.');
}

function writeLog(file: string, bytes: number): void {
  const block = Buffer.from(Array.from({ length: 10_000 }, (_, n) => `{"type":"stream_event","event":{"type":"content_block_delta","index":0,"delta":{"text":"part ${n % 977} of the answer"}},"uuid":"${n}"}\n`).join(''));
  const handle = openSync(file, 'w');
  for (let at = 0; at < bytes; at += block.length) writeSync(handle, block, 0, Math.min(block.length, bytes - at));
  closeSync(handle);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function median(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) times.push(await timed(work));
  return times.toSorted((a, b) => a - b)[ROUNDS >> 1]!;
}
