import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { judge } from '@/tests/bench/harness/judgement';
import type { Entry, Report } from '@/tests/bench/harness/report';

/** Results of this folder: git ignores those of single runs and knows the history. */
export const resultsDirectory = path.resolve(import.meta.dirname, '../../../bench-results');
const historyIn = (directory: string): string => path.join(directory, 'history.jsonl');

/** The line of the history that a run makes. */
export function entryOf({ at, machine, rows }: Report): Entry {
  return {
    at,
    machine,
    rows: rows.map(({ id, seconds, ...outcome }) => ('failure' in outcome ? { id, seconds, figures: [], failure: outcome.failure } : { id, seconds, figures: outcome.comparisons.map(judge) })),
  };
}

/** Writes every round to a file of its own and adds a line to the history, which small runs stay out of. Answers with the file. */
export async function keep(report: Report, directory = resultsDirectory): Promise<string> {
  await mkdir(directory, { recursive: true });
  const file = path.join(directory, `${report.at.replaceAll(':', '-')}.json`);
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
  if (!report.smoke) await appendFile(historyIn(directory), `${JSON.stringify(entryOf(report))}\n`);
  return file;
}

/** All runs so far, the oldest first; none where nothing was measured yet. */
export async function readHistory(directory = resultsDirectory): Promise<Entry[]> {
  const text = await readFile(historyIn(directory), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return text.split('\n').filter(Boolean).map((line) => JSON.parse(line) as Entry);
}
