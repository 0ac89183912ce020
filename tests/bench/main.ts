import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setupMain } from '@/scripts/setup/main.mjs';
import { bringBuild, bringEngineAndImages } from '@/scripts/setup/prepare.mjs';
import { readSettings } from '@/scripts/setup/settings.mjs';
import { makeDocument } from '@/tests/bench/harness/document';
import { entryOf, keep, readHistory } from '@/tests/bench/harness/history';
import { fileOfRow, loadRows } from '@/tests/bench/harness/load-rows';
import { measureInOwnProcess } from '@/tests/bench/harness/row-process';
import { runRows } from '@/tests/bench/harness/run-rows';
import { tableText } from '@/tests/bench/harness/table';
import type { BenchRow } from '@/tests/bench/row';

/** What scripts/bench.mjs read from the command line, and checked. */
interface Call {
  names: string[];
  smoke: boolean;
  document: boolean;
  beside: string[];
}

const root = path.resolve(import.meta.dirname, '../..');
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const call = JSON.parse(process.argv[2] ?? '{}') as Call;
let stopped = false;

/** The engine, its images and the built product, as far as these rows need them. */
async function prepare(rows: readonly BenchRow[]): Promise<boolean> {
  if (rows.every(({ needs }) => needs === 'node')) return true;
  return (await setupMain('npm run bench', async () => {
    if (rows.some(({ needs }) => needs === 'engine')) await bringEngineAndImages(readSettings());
    await bringBuild();
    return true;
  })) === true;
}

/** 0 when every goal is met, 1 when one is missed or a row could not be measured, which the words tell apart. */
async function bench(all: readonly BenchRow[]): Promise<number> {
  const rows = all.filter(({ id }) => call.names.length === 0 || call.names.includes(id.toLowerCase()));
  if (call.beside.length > 0 && !rows.some(({ takesLogSources }) => takesLogSources)) {
    say(`None of these rows takes another log source. Those that do: ${all.filter(({ takesLogSources }) => takesLogSources).map(({ id }) => id.toLowerCase()).join(', ')}.`);
    return 2;
  }
  if (!(await prepare(rows))) return 2;
  process.on('SIGINT', () => (stopped = true));
  process.on('SIGTERM', () => (stopped = true));
  const measure = async (row: BenchRow) => measureInOwnProcess({ file: await fileOfRow(row.id), smoke: call.smoke, beside: row.takesLogSources ? call.beside : [] });
  const report = await runRows(rows, { smoke: call.smoke, measure, say, stopped: () => stopped });
  if (stopped) return 130;
  const entry = entryOf(report);
  const file = await keep(report);
  say(tableText(entry, { smoke: call.smoke }));
  say(`Every round: ${path.relative(root, file)}${call.smoke ? '' : '; a line was added to bench-results/history.jsonl (npm run bench -- --document makes docs/benchmarks.md of it)'}`);
  const failed = entry.rows.some(({ failure }) => failure);
  const missed = !call.smoke && entry.rows.some(({ figures }) => figures.some(({ met }) => met === false));
  return failed || missed ? 1 : 0;
}

async function document(rows: readonly BenchRow[]): Promise<number> {
  await writeFile(path.join(root, 'docs/benchmarks.md'), makeDocument(rows, await readHistory()));
  say('docs/benchmarks.md is made.');
  return 0;
}

const rows = await loadRows();
process.exitCode = call.document ? await document(rows) : await bench(rows);
