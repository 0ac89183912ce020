const NEWLINE = 10;

/** Beginnings of lines are noted about this far apart; between two notes lie at most so many bytes and the rest of one line. */
export const STEP_BYTES = 64 * 1024;

/** A beginning of a line: so many lines and bytes come before it. */
export interface IndexEntry {
  line: number;
  offset: number;
}

/**
 * Where lines begin in a file, noted only now and then: a pure function of its bytes. The first line that begins STEP_BYTES or more behind
 * the last noted one is noted. So every other line begins within STEP_BYTES behind a note, however long lines are, and a look from
 * the nearest note is short. 1 GB needs some 16,000 notes.
 */
export class SparseIndex {
  readonly lines: number[];
  readonly offsets: number[];
  /** How far the file was looked through. */
  scanned: number;
  /** Line ends up to there. */
  newlines: number;
  /** Where the line begins that is not known to have ended. */
  lastStart: number;

  constructor(from?: { lines: number[]; offsets: number[]; scanned: number; newlines: number; lastStart: number }) {
    this.lines = from?.lines ?? [0];
    this.offsets = from?.offsets ?? [0];
    this.scanned = from?.scanned ?? 0;
    this.newlines = from?.newlines ?? 0;
    this.lastStart = from?.lastStart ?? 0;
  }

  /** Looks through the next bytes of the file, which begin at `scanned`. */
  add(bytes: Uint8Array): void {
    let noted = this.offsets.at(-1) ?? 0;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) {
      this.newlines += 1;
      this.lastStart = this.scanned + at + 1;
      if (this.lastStart - noted < STEP_BYTES) continue;
      noted = this.lastStart;
      this.lines.push(this.newlines);
      this.offsets.push(noted);
    }
    this.scanned += bytes.length;
  }

  /** Lines there are, with one that has not ended yet. */
  get count(): number {
    return this.newlines + (this.scanned > this.lastStart ? 1 : 0);
  }

  /** The last noted line that is not behind this one. */
  beforeLine(line: number): IndexEntry {
    return this.entry(lastAtMost(this.lines, line));
  }

  /** The last noted line that begins at this byte or before it. */
  beforeOffset(offset: number): IndexEntry {
    return this.entry(lastAtMost(this.offsets, offset));
  }

  private entry(at: number): IndexEntry {
    return { line: this.lines[at] ?? 0, offset: this.offsets[at] ?? 0 };
  }
}

/** Place of the last value ≤ `value` in rising values, of which the first is ≤ it. */
function lastAtMost(values: readonly number[], value: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((values[middle] ?? Infinity) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
