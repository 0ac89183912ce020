import { figureCells, figureHeads } from '@/tests/bench/harness/figure-words';
import { machineText } from '@/tests/bench/harness/machine';
import type { Entry } from '@/tests/bench/harness/report';

/** The first three columns and that of the peer are words. */
const WORDS = new Set([0, 1, 2, 4]);

/** What `npm run bench` ends with, on the screen. */
export function tableText(entry: Entry, options: { smoke: boolean }): string {
  const figures = entry.rows.flatMap(({ id, figures: all }) => all.map((figure) => [id, ...figureCells(figure)]));
  const shown = options.smoke ? -1 : undefined; // whether a goal is met, a small run cannot tell
  const lines = figures.length > 0 ? aligned([['', ...figureHeads], ...figures].map((cells) => cells.slice(0, shown))) : [];
  const failures = entry.rows.filter(({ failure }) => failure).map(({ id, failure }) => `! ${id} could not be measured: ${failure}`);
  return [`\n${machineText(entry.machine)}`, ...lines, ...failures, '', verdict(entry, options)].join('\n');
}

/** One sentence: how many goals are met, which are missed, what could not be measured. */
function verdict({ rows }: Entry, { smoke }: { smoke: boolean }): string {
  const failed = rows.filter(({ failure }) => failure).length;
  const judged = rows.flatMap(({ figures }) => figures).filter(({ met }) => met !== null);
  const missed = [...new Set(rows.filter(({ figures }) => figures.some(({ met }) => met === false)).map(({ id }) => id))];
  const rest = failed > 0 ? `; ${failed} of ${rows.length} rows could not be measured` : '';
  if (smoke) return `A small run proves that ${rows.length - failed} of ${rows.length} rows work; its figures say nothing${rest}.`;
  return `${judged.filter(({ met }) => met).length} of ${judged.length} goals met${missed.length > 0 ? `; missed in ${missed.join(', ')}` : ''}${rest}.`;
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => (WORDS.has(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ').trimEnd());
}
