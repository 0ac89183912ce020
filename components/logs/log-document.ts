import { isHiddenWhenReadable, type LogStream } from '@/contract/run-log';
import type { LogWindows } from '@/components/logs/log-windows';
import type { TailLines } from '@/components/logs/tail-lines';

export type LogMode = 'readable' | 'raw';
export type LogFilter = 'both' | LogStream;

/** Names a line for as long as the page is open: its number less `shift`, which stays when a guess of what lies before is put right. */
export interface LineName {
  stream: LogStream;
  name: number;
}

/** A line as it is drawn. `text` is null while it is being loaded. */
export interface LogRow extends LineName {
  /** Counts from 0. */
  line: number;
  /** False while it is a guess. */
  counted: boolean;
  text: string | null;
  /** More of the line is in the log than is here. */
  cut: boolean;
  kind: 'text' | 'event';
}

/** More of a line is not drawn: a browser freezes when it lays out megabytes in one element. */
export const shownCharacters = 64 * 1024;

/**
 * All lines of a run's log in the order they are shown, by position: the held end of it, windows of the rest, and for the rest of the rest that it is
 * there. Both streams together: what was there when the page was opened comes stream by stream, for nothing says how they were woven; what
 * came since, as it came.
 */
export class LogDocument {
  readonly tail: TailLines;
  readonly windows: LogWindows;
  readonly mode: LogMode;
  readonly filter: LogFilter;

  constructor(tail: TailLines, windows: LogWindows, mode: LogMode, filter: LogFilter) {
    this.tail = tail;
    this.windows = windows;
    this.mode = mode;
    this.filter = filter;
  }

  /** Positions there are: every line of what is shown, unfinished ones last. */
  get total(): number {
    return this.finished + this.unfinished().length;
  }

  private get finished(): number {
    return this.filter === 'both' ? this.tail.count('out') + this.tail.count('err') : this.tail.count(this.filter);
  }

  private unfinished(): LogStream[] {
    const shown: LogStream[] = this.filter === 'both' ? ['out', 'err'] : [this.filter];
    return shown.filter((stream) => this.tail.open[stream] !== '');
  }

  /** The line at a position (0 ≤ position < total). */
  at(position: number): { stream: LogStream; line: number } {
    const behind = position - this.finished;
    if (behind >= 0) {
      const stream = this.unfinished()[behind] ?? 'out';
      return { stream, line: this.tail.count(stream) };
    }
    if (this.filter !== 'both') return { stream: this.filter, line: position };
    const passed = { out: 0, err: 0 };
    let left = position;
    for (const { stream, lines } of this.tail.stretches) {
      if (left < lines) return { stream, line: passed[stream] + left };
      left -= lines;
      passed[stream] += lines;
    }
    return { stream: 'out', line: passed.out + left };
  }

  /** Where a line is shown now; the nearest place when it is not. */
  positionOf({ stream, name }: LineName): number {
    const line = Math.max(0, name + this.tail.shift[stream]);
    if (this.filter !== 'both') return this.filter === stream ? Math.min(line, Math.max(0, this.total - 1)) : 0;
    if (line >= this.tail.count(stream)) return Math.min(this.total - 1, this.finished + Math.max(0, this.unfinished().indexOf(stream)));
    let before = 0;
    let passed = 0;
    for (const stretch of this.tail.stretches) {
      if (stretch.stream === stream) {
        if (line < passed + stretch.lines) return before + line - passed;
        passed += stretch.lines;
      }
      before += stretch.lines;
    }
    return Math.max(0, this.total - 1);
  }

  /** What is drawn at a position; null where the readable view hides the line. */
  row(position: number): LogRow | null {
    const { stream, line } = this.at(position);
    const { tail, mode } = this;
    const common = { stream, line, name: line - tail.shift[stream], counted: tail.counted[stream] };
    const held = tail.text(stream, line);
    if (held !== undefined) {
      const isOpen = line === tail.count(stream);
      if (this.hides(held, isOpen)) return null;
      return { ...common, text: cut(held), cut: held.length > shownCharacters, kind: mode === 'readable' && looksLikeJson(held) ? 'event' : 'text' };
    }
    const read = tail.counted[stream] ? this.windows.line(stream, line, mode === 'readable') : undefined;
    if (!read) return { ...common, text: null, cut: false, kind: 'text' };
    if (read.text === null || this.hides(read.text, false)) return null;
    return { ...common, text: read.text, cut: read.cut, kind: mode === 'readable' && looksLikeJson(read.text) ? 'event' : 'text' };
  }

  /** An unfinished JSON line says nothing yet; partial messages come as a whole later. */
  private hides(text: string, isOpen: boolean): boolean {
    if (this.mode === 'raw' || !looksLikeJson(text)) return false;
    return isOpen || isHiddenWhenReadable(text);
  }

  /** Says which lines are looked at, so that those that are not here are loaded. */
  want(positions: readonly number[]): void {
    const lines = positions.map((position) => this.at(position)).filter(({ stream, line }) => this.tail.counted[stream] && this.tail.text(stream, line) === undefined);
    this.windows.want(lines, this.mode === 'readable');
  }
}

function cut(text: string): string {
  return text.length > shownCharacters ? text.slice(0, shownCharacters) : text;
}

function looksLikeJson(text: string): boolean {
  return text.charCodeAt(0) === 123; // {
}
