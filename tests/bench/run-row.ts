import path from 'node:path';
import { loadRow } from '@/tests/bench/harness/load-rows';
import type { Outcome } from '@/tests/bench/harness/report';

/** What the process of a row is asked to do. */
export interface RowOrder {
  file: string;
  /** The row's own; removed by whoever asks, so that it goes also when this process dies. */
  directory: string;
  smoke: boolean;
  beside: readonly string[];
}

const undo: (() => Promise<void>)[] = [];

/** Undoes all that was registered, the last first; what cannot be undone is told and keeps nothing else from being undone. */
async function undoAll(): Promise<string[]> {
  const failures: string[] = [];
  for (let action = undo.pop(); action; action = undo.pop()) await action().catch((error: unknown) => failures.push(`could not clean up: ${String(error)}`));
  return failures;
}

/** One row, measured in this process. Whatever goes wrong is an outcome, and what the row left behind is gone either way. */
async function measureRow({ file, directory, smoke, beside }: RowOrder): Promise<Outcome> {
  const say = (line: string): void => void process.stdout.write(`  ${path.basename(file).split('-')[0]?.toUpperCase()} ${line}\n`);
  const outcome = await loadRow(file)
    .then(async (row): Promise<Outcome> => ({ comparisons: await row.measure({ directory, smoke, beside, say, afterwards: (action) => void undo.push(action) }) }))
    .catch((error: unknown): Outcome => {
      say(error instanceof Error ? (error.stack ?? error.message) : String(error));
      return { failure: error instanceof Error ? error.message : String(error) };
    });
  const failures = await undoAll();
  return failures.length > 0 && 'comparisons' in outcome ? { failure: failures.join('; ') } : outcome;
}

let unwinding = false;

/** Ctrl-C, a row that takes too long, or the harness itself gone: clean up and end. A signal comes twice when it is sent to the group and passed on as well. */
function interrupted(): void {
  if (unwinding) return;
  unwinding = true;
  void undoAll().then(() => process.exit(130));
}

process.on('message', (order: RowOrder) => {
  void measureRow(order).then((outcome) => process.send?.(outcome, () => process.exit(0)));
});
for (const signal of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.on(signal, interrupted);
