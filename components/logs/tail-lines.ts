import type { LogStream } from '@/contract/run-log';

/** Something taken in: the text as it came, and its place in the file (bytes). */
interface Piece {
  text: string;
  from: number;
  to: number;
}

/** Some lines of one stream that came one after the other. */
interface Stretch {
  stream: LogStream;
  lines: number;
}

const streams = ['out', 'err'] as const;
/** Beyond, the oldest stretches are put together: their order was seen, and is given up. */
const mostStretches = 10_000;

/**
 * The end of a run's log: the lines that came last of both streams, and in what order. Text goes in in any pieces; a line is complete at its newline and stands
 * in `texts` without it; the rest waits in `open`. Lines are strings that the engine keeps as slices of the pieces.
 * What lies before is not held: it is `before` lines, a guess until `countedBefore` says it.
 */
export class TailLines {
  readonly texts: Record<LogStream, string[]> = { out: [], err: [] };
  readonly open: Record<LogStream, string> = { out: '', err: '' };
  /** Lines in front of `texts`, and whether that was counted or is a guess. */
  readonly before: Record<LogStream, number> = { out: 0, err: 0 };
  readonly counted: Record<LogStream, boolean> = { out: true, err: true };
  /** By how much the guess was wrong: who names lines by a number less `shift` names the same one before and after. */
  readonly shift: Record<LogStream, number> = { out: 0, err: 0 };
  /** Where the held part of each file begins, in bytes. */
  readonly heldFrom: Record<LogStream, number> = { out: 0, err: 0 };
  /** True when the first held line lacks its beginning. */
  readonly broken: Record<LogStream, boolean> = { out: false, err: false };
  stretches: Stretch[] = [];
  characters = 0;
  private readonly pieces: Record<LogStream, Piece[]> = { out: [], err: [] };

  /** Adds text behind everything of its stream. The caller vouches that it belongs there. */
  append(stream: LogStream, piece: Piece): void {
    if (this.pieces[stream].length === 0) this.heldFrom[stream] = piece.from;
    if (piece.text === '') return;
    this.pieces[stream].push(piece);
    this.characters += piece.text.length;
    const parts = piece.text.split('\n');
    parts[0] = this.open[stream] + (parts[0] ?? '');
    this.open[stream] = parts.pop() ?? '';
    for (const text of parts) this.texts[stream].push(text);
    this.note(stream, parts.length);
  }

  /** The stream begins in the middle of a file: a guess of how many lines come before, until they are counted. */
  guessBefore(stream: LogStream): void {
    const held = this.pieces[stream].reduce((sum, { from, to }) => sum + to - from, 0);
    const each = held / Math.max(1, this.texts[stream].length);
    this.counted[stream] = false;
    this.before[stream] = Math.round(this.heldFrom[stream] / Math.max(1, each));
    this.stretches.unshift({ stream, lines: this.before[stream] });
  }

  /** The line that byte `heldFrom` was in has this number (from 0); `whole` when it begins there. */
  countedBefore(stream: LogStream, line: number, whole: boolean, dropped: number): void {
    const wrong = line + dropped - this.before[stream];
    this.counted[stream] = true;
    this.before[stream] += wrong;
    this.shift[stream] += wrong;
    if (!whole && dropped === 0) this.broken[stream] = true;
    const first = this.stretches.find((stretch) => stretch.stream === stream);
    if (first) first.lines += wrong;
  }

  private note(stream: LogStream, lines: number): void {
    if (lines === 0) return;
    const last = this.stretches.at(-1);
    if (last?.stream === stream) last.lines += lines;
    else this.stretches.push({ stream, lines });
    if (this.stretches.length > mostStretches) this.joinOldest();
  }

  private joinOldest(): void {
    const old = this.stretches.splice(0, mostStretches / 2);
    const joined = streams.map((stream) => ({ stream, lines: old.reduce((sum, stretch) => sum + (stretch.stream === stream ? stretch.lines : 0), 0) }));
    this.stretches = [...joined, ...this.stretches];
  }

  /** Lines of the stream, with those that are not held, without an unfinished one. */
  count(stream: LogStream): number {
    return this.before[stream] + this.texts[stream].length;
  }

  /** The text of a line if it is held in full. `count(stream)` is the number of the unfinished line. */
  text(stream: LogStream, line: number): string | undefined {
    const at = line - this.before[stream];
    if (at === this.texts[stream].length) return this.open[stream];
    if (at === 0 && this.broken[stream]) return undefined;
    return this.texts[stream][at];
  }

  /** Lets go of the oldest pieces until at most `keep` characters are held. Returns how many lines of each stream are no longer held. */
  dropOldest(keep: number): Record<LogStream, number> {
    const dropped = { out: 0, err: 0 };
    for (const stream of streams) {
      const pieces = this.pieces[stream];
      let inOpen = 0;
      while (this.characters > keep && pieces.length > 1) {
        const piece = pieces.shift() as Piece;
        this.characters -= piece.text.length;
        this.heldFrom[stream] = piece.to;
        const ends = countNewlines(piece.text);
        dropped[stream] += ends;
        const last = piece.text.lastIndexOf('\n');
        inOpen = last < 0 ? inOpen + piece.text.length : piece.text.length - last - 1;
      }
      this.texts[stream].splice(0, dropped[stream]);
      this.before[stream] += dropped[stream];
      if (dropped[stream] > 0 || inOpen > 0) this.broken[stream] = inOpen > 0 || (dropped[stream] === 0 && this.broken[stream]);
      if (this.texts[stream].length === 0 && inOpen > 0) this.open[stream] = this.open[stream].slice(inOpen);
    }
    return dropped;
  }

  /** Everything held of one stream, exactly as it came, in pieces (joining them would double it). */
  received(stream: LogStream): string[] {
    return this.pieces[stream].map((piece) => piece.text);
  }
}

function countNewlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
