import type { LogLine } from '@/contract/run-log';
import { utf8Cut } from '@/server/runs/utf8-cut';

/** What of a line is shown at most; the file keeps all of it. */
export const SHOWN_LINE_BYTES = 64 * 1024;
/** What one answer carries at most, give or take; lines behind it are cut short. */
const ANSWER_BYTES = 2 * 1024 * 1024;
const SHORT_LINE_BYTES = 1024;
const NEWLINE = 10;

/** Where each of some lines lies; `to` is behind its line end. */
export interface LinePlace {
  from: number;
  to: number;
}

/** Where the lines in these bytes lie, which begin with a line at byte `start` of the file. The last one may have no end. */
export function placesIn(bytes: Buffer, start: number): LinePlace[] {
  const places: LinePlace[] = [];
  let from = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
    places.push({ from: start + from, to: start + at + 1 });
    from = at + 1;
  }
  if (from < bytes.length) places.push({ from: start + from, to: start + bytes.length });
  return places;
}

/** Cuts lines for the screen, one after the other: a long one is cut, and once an answer is full every further one is cut short. */
export class LineCutter {
  #left = ANSWER_BYTES;

  /** How many bytes of this line are wanted, from its beginning. */
  wanted({ from, to }: LinePlace): number {
    return Math.min(to - from, this.#left > 0 ? SHOWN_LINE_BYTES : SHORT_LINE_BYTES);
  }

  /** The line of which these are the first bytes. `leavesOut` says that the reader has no use for its text. */
  cut(line: number, { from, to }: LinePlace, bytes: Buffer, leavesOut: (start: string) => boolean): LogLine {
    const whole = bytes.length === to - from;
    const ended = whole && bytes.at(-1) === NEWLINE;
    const length = ended ? bytes.length - 1 : whole ? bytes.length : utf8Cut(bytes);
    const common = { line, offset: from, bytes: to - from };
    if (leavesOut(bytes.toString('latin1', 0, 80))) return { ...common, text: null, cut: false };
    this.#left -= length;
    return { ...common, text: bytes.toString('utf8', 0, length), cut: !whole };
  }
}
