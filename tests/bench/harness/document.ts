import { figureCells, figureHeads, metText, resultText } from '@/tests/bench/harness/figure-words';
import type { Figure } from '@/tests/bench/harness/judgement';
import { machineText } from '@/tests/bench/harness/machine';
import type { Entry } from '@/tests/bench/harness/report';
import type { BenchRow } from '@/tests/bench/row';

/** Runs that the history of a row shows, the newest last. */
const SHOWN = 6;
const nothing = 'Nothing was measured yet.';

/** docs/benchmarks.md: every row with its texts, its last table and the way of its figures, made of the rows and the history alone. */
export function makeDocument(rows: readonly BenchRow[], history: readonly Entry[]): string {
  const last = history.at(-1);
  return [
    '# Benchmarks',
    `Made of the rows in \`tests/bench/rows\` and of \`bench-results/history.jsonl\` ${last ? `up to the run of ${last.at}` : '(no run yet)'}. Change those, not this page.`,
    '```sh\nnpm run bench                     # every row, beside its peers; on a quiet machine\nnpm run bench -- s1 s3            # some of them\nnpm run bench -- --smoke          # does every row work? Its figures say nothing\nnpm run bench -- s1 s3 --beside ./my-source.ts   # with a log source of yours (tests/bench/log-sources)\nnpm run bench -- --document       # this page\n```',
    'Peers go first, then the product, then the peers again, all in one run: where “before” and “after” differ much, the machine was busy and the figure is worth little. A figure is the median of its rounds; the ratio is the product by its peer. Machines differ, so ratios count. Every round is in `bench-results`, one file a run.',
    overview(rows, history),
    ...rows.map((row) => section(row, runsOf(row, history))),
  ].join('\n\n') + '\n';
}

/** The run up to which a page was made, as the page says it; null before the first one. */
export function madeUpTo(page: string): string | null {
  return /up to the run of (\S+)\./.exec(page)?.[1] ?? null;
}

interface RowRun {
  entry: Entry;
  figures: Figure[];
}

function runsOf({ id }: BenchRow, history: readonly Entry[]): RowRun[] {
  return history.flatMap((entry) => entry.rows.filter((row) => row.id === id && !row.failure).map(({ figures }) => ({ entry, figures })));
}

function overview(rows: readonly BenchRow[], history: readonly Entry[]): string {
  const cells = rows.map((row) => {
    const figures = runsOf(row, history).at(-1)?.figures ?? [];
    const judged = figures.filter(({ goal }) => goal);
    const met = judged.length === 0 ? '' : judged.every((figure) => figure.met) ? 'met' : `${judged.filter((figure) => figure.met).length} of ${judged.length}`;
    return [row.id, row.title, judged.map(resultText).join(', '), met];
  });
  return tableOf([['', 'What', 'Result', 'Goals'], ...cells]);
}

function section(row: BenchRow, runs: readonly RowRun[]): string {
  const last = runs.at(-1);
  const text = [`## ${row.id}: ${row.title}`, `${row.what}\n\n*How.* ${row.how}\n\n*Leaves out.* ${row.leavesOut}`, ...(row.limitedBy ? [`*What limits it.* ${row.limitedBy}`] : [])];
  if (!last) return [...text, nothing].join('\n\n');
  return [...text, `${last.entry.at}: ${machineText(last.entry.machine)}`, tableOf([figureHeads, ...last.figures.map(figureCells)]), ...(runs.length > 1 ? [wayOf(runs.slice(-SHOWN))] : [])].join('\n\n');
}

/** One line a figure, one column a run. */
function wayOf(runs: readonly RowRun[]): string {
  const nameOf = ({ name, peer }: Figure): string => [name, peer && `beside ${peer.name}`].filter(Boolean).join(', ');
  const names = [...new Set(runs.flatMap(({ figures }) => figures.map(nameOf)))];
  const heads = runs.map(({ entry }) => `${entry.at.slice(0, 10)} ${entry.machine.commit}`);
  const cell = (figure: Figure | undefined): string => (figure ? `${resultText(figure)}${figure.met === null ? '' : `, ${metText(figure)}`}` : '');
  return tableOf([['', ...heads], ...names.map((name) => [name, ...runs.map(({ figures }) => cell(figures.find((figure) => nameOf(figure) === name)))])]);
}

function tableOf([heads = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heads), `|${heads.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}
