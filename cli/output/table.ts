import { stripVTControlCharacters } from 'node:util';

/** Columns as wide as their widest cell, two spaces apart, nothing behind the last; a line end after each row. Cells must be on one line. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => width(row[column] ?? ''))));
  return all.map((row) => `${row.map((cell, column) => (column === row.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - width(cell)))).join('  ').trimEnd()}\n`).join('');
}

function width(cell: string): number {
  return [...stripVTControlCharacters(cell)].length;
}
