import type { LogStream } from '@/contract/run-log';
import type { RunLogLines } from '@/components/runs/run-log-lines';
import { LiveMessage } from '@/components/runs/live-message';

export type LogMode = 'readable' | 'raw';
export type LogFilter = 'both' | LogStream;

/**
 * One row on the screen. `text` rows are (pieces of) a line as it came; an `event` row is a whole stream-json line; `live` is the message being written.
 * `line` counts the stream's own lines in the raw view; in the readable one, which leaves lines out, it counts what is shown.
 */
export type LogRow =
  | { kind: 'text'; key: number; stream: LogStream; line: number; continued: boolean; text: string }
  | { kind: 'event'; key: number; stream: LogStream; line: number; text: string }
  | { kind: 'live'; key: number; stream: LogStream; what: 'text' | 'thinking' | 'tool'; text: string };

/** A longer line takes several rows: a browser freezes when it lays out megabytes in one element. */
export const rowCharacters = 4096;
/** Browsers cannot scroll further than some 17–33 million pixels; older rows are left out beyond this. */
const maxRows = 750_000;
const liveKey = -(2 ** 30);

/** What the rows are made of; stands still for one screen refresh. */
interface OpenRow {
  stream: LogStream;
  from: number;
}

/**
 * Turns lines into rows, only the new ones each time `update` is called. Rows are two numbers each (line, start); their text is cut out when drawn.
 */
export class RunLogRows {
  private readonly lines: RunLogLines;
  private readonly mode: LogMode;
  private readonly filter: LogFilter;
  private rowLine: number[] = [];
  private rowFrom: number[] = [];
  private rowNumber: number[] = [];
  private openRows: OpenRow[] = [];
  private readonly lastLine: { number: number; stream: LogStream } = { number: 0, stream: 'out' };
  private seen = 0;
  private generation = -1;
  private hidden = 0;
  /** Key of the first row. Keys count on from it: small integers, because the list looks up every one at each refresh. */
  private firstKey = 0;
  private live = new LiveMessage();

  constructor(lines: RunLogLines, mode: LogMode, filter: LogFilter) {
    this.lines = lines;
    this.mode = mode;
    this.filter = filter;
  }

  /** Takes in what came since the last call and returns the number of rows. */
  update(): number {
    if (this.generation !== this.lines.generation) this.restart();
    for (; this.seen < this.lines.texts.length; this.seen += 1) this.addLine(this.seen);
    this.hidden = Math.max(0, this.rowLine.length - maxRows);
    this.openRows = (['out', 'err'] as const).flatMap((stream) => this.rowsOfOpen(stream));
    return this.count;
  }

  get count(): number {
    return this.rowLine.length - this.hidden + this.openRows.length + (this.live.current ? 1 : 0);
  }

  /** Rows that are left out at the top because there are too many for a browser. */
  get leftOut(): number {
    return this.hidden;
  }

  /** Something changed in front: all rows are made anew, and the last row that there was keeps its key. */
  private restart(): void {
    const last = this.rowLine.length - 1;
    const { number, stream } = { ...this.lastLine };
    const lastKey = this.firstKey + last;
    this.generation = this.lines.generation;
    this.rowLine = [];
    this.rowFrom = [];
    this.rowNumber = [];
    this.seen = 0;
    this.live = new LiveMessage();
    if (last < 0) return;
    for (; this.seen < this.lines.texts.length; this.seen += 1) {
      this.addLine(this.seen);
      if (this.lines.numbers[this.seen] === number && this.lines.streams[this.seen] === stream) this.firstKey = lastKey - (this.rowLine.length - 1);
    }
  }

  private addLine(index: number): void {
    const stream = this.lines.streams[index] as LogStream;
    if (this.filter !== 'both' && stream !== this.filter) return;
    const text = this.lines.texts[index] ?? '';
    if (this.mode === 'readable' && looksLikeJson(text)) {
      if (this.live.feed(text)) return;
      this.push(index, 0);
      return;
    }
    for (let from = 0; from === 0 || from < text.length; from += rowCharacters) this.push(index, from);
  }

  private push(line: number, from: number): void {
    this.lastLine.number = this.lines.numbers[line] ?? 0;
    this.lastLine.stream = this.lines.streams[line] ?? 'out';
    this.rowLine.push(line);
    this.rowFrom.push(from);
    this.rowNumber.push(this.shownLines + (from === 0 ? 1 : 0));
  }

  private get shownLines(): number {
    return this.rowNumber.at(-1) ?? 0;
  }

  private rowsOfOpen(stream: LogStream): OpenRow[] {
    const text = this.lines.open[stream];
    if (text === '' || (this.filter !== 'both' && stream !== this.filter)) return [];
    if (this.mode === 'readable' && looksLikeJson(text)) return [];
    return Array.from({ length: Math.ceil(text.length / rowCharacters) }, (_, index) => ({ stream, from: index * rowCharacters }));
  }

  /** The row at `index` (0 ≤ index < count). */
  row(index: number): LogRow {
    const at = index + this.hidden;
    if (at < this.rowLine.length) return this.completeRow(at);
    const open = this.openRows[at - this.rowLine.length];
    if (open) return this.openRow(open, this.firstKey + at);
    const live = this.live.current ?? { what: 'text' as const, text: '' };
    return { kind: 'live', key: liveKey, stream: 'out', ...live };
  }

  /** Stays with the row while others are added in front or behind. */
  key(index: number): number {
    const at = index + this.hidden;
    return at < this.rowLine.length + this.openRows.length ? this.firstKey + at : liveKey;
  }

  /** The row that has this key now; may lie outside of what there is. */
  indexOf(key: number): number {
    return key - this.firstKey - this.hidden;
  }

  private completeRow(at: number): LogRow {
    const index = this.rowLine[at] ?? 0;
    const from = this.rowFrom[at] ?? 0;
    const text = this.lines.texts[index] ?? '';
    const stream = this.lines.streams[index] as LogStream;
    const number = this.lines.numbers[index] ?? 0;
    const isReadable = this.mode === 'readable';
    const common = { key: this.firstKey + at, stream, line: isReadable ? (this.rowNumber[at] ?? 0) : number - this.lines.first[stream] + 1 };
    if (isReadable && looksLikeJson(text)) return { kind: 'event', ...common, text };
    return { kind: 'text', ...common, continued: from > 0, text: cut(text, from) };
  }

  private openRow({ stream, from }: OpenRow, key: number): LogRow {
    const ahead = this.openRows.findIndex((row) => row.stream === stream) > 0 ? 1 : 0; // at most one unfinished line of the other stream
    const line = this.mode === 'readable' ? this.shownLines + ahead + 1 : this.lines.next[stream] - this.lines.first[stream] + 1;
    return { kind: 'text', key, stream, line, continued: from > 0, text: cut(this.lines.open[stream], from) };
  }
}

function cut(text: string, from: number): string {
  if (text.length <= rowCharacters) return text;
  return text.slice(from, from + rowCharacters);
}

function looksLikeJson(text: string): boolean {
  return text.charCodeAt(0) === 123; // {
}
