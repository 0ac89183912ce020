import { createHash } from 'node:crypto';

/** A row of run_events, as read-database.mjs prints it. */
export interface EventRow {
  run_id: string;
  kind: string;
  offset: number;
  bytes: number;
  payload: string | null;
}

interface Line {
  offset: number;
  bytes: number;
  kind: string;
  payload: string | null;
}

const OVERSIZED = 1024 * 1024;

/** What must become of masked output, written down a second time and as plainly as possible: no pieces, no cursors, no batches. */
function linesOf(masked: Buffer): Line[] {
  const lines: Line[] = [];
  for (let offset = 0; offset < masked.length; ) {
    const newline = masked.indexOf(10, offset);
    const end = newline < 0 ? masked.length : newline;
    const next = newline < 0 ? end : end + 1;
    const line = { offset, bytes: next - offset };
    const text = masked.toString('utf8', offset, end).replaceAll('\0', '\u{fffd}');
    if (end - offset > OVERSIZED) lines.push({ ...line, kind: 'oversized', payload: null });
    else if (text.trim() !== '') lines.push({ ...line, kind: kindOf(text), payload: text });
    offset = next;
  }
  return lines.filter(({ kind }) => kind !== 'stream_event');
}

function kindOf(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    const kind = typeof value === 'object' && value !== null ? (value as { type?: unknown }).type : undefined;
    return typeof kind === 'string' ? kind : 'text';
  } catch {
    return 'text';
  }
}

/** Everything that is wrong about these rows, as sentences; none when each line has its row once and nothing else is there. */
export function problemsOfEvents(masked: Buffer, rows: readonly EventRow[]): string[] {
  const lines = linesOf(masked);
  const structured = lines.filter(({ kind }) => kind !== 'text').map(describe);
  const stored = rows.filter(({ kind }) => kind !== 'text').map(describe);
  const problems: string[] = [];
  if (structured.length !== stored.length) problems.push(`${structured.length} lines are events, ${stored.length} rows are stored`);
  const different = structured.findIndex((line, index) => line !== stored[index]);
  if (different >= 0) problems.push(`the first difference: ${structured[different]} is stored as ${stored[different]}`);
  return [...problems, ...problemsOfText(lines.filter(({ kind }) => kind === 'text'), rows.filter(({ kind }) => kind === 'text'))];
}

/** Neighbouring lines of plain text may share a row (which ones depends on when they came); each must lie in exactly one. */
function problemsOfText(lines: readonly Line[], rows: readonly EventRow[]): string[] {
  const problems: string[] = [];
  let at = 0;
  for (const row of rows) {
    const end = row.offset + row.bytes;
    if (lines[at]?.offset !== row.offset) problems.push(`a row of text begins at ${row.offset}, the next line of text at ${lines[at]?.offset}`);
    while (at < lines.length && (lines[at]?.offset ?? 0) < end) at++;
    if (problems.length > 3) return problems;
  }
  if (at < lines.length) problems.push(`${lines.length - at} lines of text have no row`);
  return problems;
}

function describe(line: Line): string {
  const payload = line.payload === null ? 'null' : createHash('sha1').update(line.payload).digest('hex');
  return `${line.offset}+${line.bytes} ${line.kind} ${payload}`;
}

/** How many rows are lines that name their kind themselves. */
export function countEvents(rows: readonly EventRow[]): number {
  return rows.filter(({ kind }) => kind !== 'text' && kind !== 'oversized').length;
}
