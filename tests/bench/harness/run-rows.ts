import { describeMachine } from '@/tests/bench/harness/machine';
import type { Outcome, Report } from '@/tests/bench/harness/report';
import { judge } from '@/tests/bench/harness/judgement';
import type { BenchRow } from '@/tests/bench/row';

export interface RunOptions {
  smoke: boolean;
  /** How one row is measured: in a process of its own, but for tests of the harness. */
  measure: (row: BenchRow) => Promise<Outcome>;
  say: (line: string) => void;
  /** Asked before each row: nothing more is begun once it is true. */
  stopped?: () => boolean;
}

/** Small runs measure nothing, so they need not be alone. */
const SMOKE_AT_ONCE = 3;

/** Measures the rows one after the other. One that fails, or whose figures cannot be judged, is told as failed, and the others go on. */
export async function runRows(rows: readonly BenchRow[], { smoke, measure, say, stopped = () => false }: RunOptions): Promise<Report> {
  const report: Report = { at: new Date().toISOString(), smoke, machine: await describeMachine(), rows: [] };
  const left = [...rows];
  const work = async (): Promise<void> => {
    for (let row = left.shift(); row && !stopped(); row = left.shift()) report.rows.push(await measureOne(row, { measure, say }));
  };
  await Promise.all(Array.from({ length: smoke ? SMOKE_AT_ONCE : 1 }, work));
  const order = rows.map(({ id }) => id);
  return { ...report, rows: report.rows.toSorted((one, other) => order.indexOf(one.id) - order.indexOf(other.id)) };
}

async function measureOne(row: BenchRow, { measure, say }: Pick<RunOptions, 'measure' | 'say'>): Promise<Report['rows'][number]> {
  say(`— ${row.id}: ${row.title}`);
  const started = performance.now();
  const outcome = judgeable(await measure(row).catch((error: unknown): Outcome => ({ failure: error instanceof Error ? error.message : String(error) })));
  const seconds = (performance.now() - started) / 1000;
  say('failure' in outcome ? `! ${row.id} could not be measured: ${outcome.failure} (${seconds.toFixed(0)} s)` : `✓ ${row.id} measured (${seconds.toFixed(0)} s)`);
  return { id: row.id, seconds: Math.round(seconds * 10) / 10, ...outcome };
}

function judgeable(outcome: Outcome): Outcome {
  if ('failure' in outcome) return outcome;
  try {
    if (outcome.comparisons.length === 0) return { failure: 'It compared nothing.' };
    outcome.comparisons.forEach(judge);
    return outcome;
  } catch (error) {
    return { failure: (error as Error).message };
  }
}
