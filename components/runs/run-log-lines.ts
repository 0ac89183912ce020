import type { LogStream } from '@/contract/run-log';

/** Something taken in: the text as it came, and its place in the file (bytes). */
interface Piece {
  text: string;
  from: number;
  to: number;
}

const streams = ['out', 'err'] as const;

/**
 * The lines of a run's two outputs in the order they came. Text goes in in any pieces; a line is complete at its newline and stands in `texts` without it;
 * the rest waits in `open`. Lines are plain strings that the engine keeps as slices of the pieces, so 50 MB of log cost about 50–100 MB.
 * `generation` changes when something happened in front of the existing lines, so that whoever indexes them starts over.
 */
export class RunLogLines {
  texts: string[] = [];
  streams: LogStream[] = [];
  /** Counts within the stream; only differences matter, because what stands before may not be loaded. */
  numbers: number[] = [];
  open: Record<LogStream, string> = { out: '', err: '' };
  first: Record<LogStream, number> = { out: 1, err: 1 };
  next: Record<LogStream, number> = { out: 1, err: 1 };
  /** Where the loaded part of each file begins, in bytes. */
  loadedFrom: Record<LogStream, number> = { out: 0, err: 0 };
  generation = 0;
  characters = 0;
  private pieces: Record<LogStream, Piece[]> = { out: [], err: [] };

  /** Adds text behind everything of its stream. The caller vouches that it belongs there. */
  append(stream: LogStream, piece: Piece): void {
    if (this.pieces[stream].length === 0) this.loadedFrom[stream] = piece.from;
    if (piece.text === '') return;
    this.pieces[stream].push(piece);
    this.characters += piece.text.length;
    const parts = piece.text.split('\n');
    parts[0] = this.open[stream] + (parts[0] ?? '');
    this.open[stream] = parts.pop() ?? '';
    for (const text of parts) {
      this.texts.push(text);
      this.streams.push(stream);
      this.numbers.push(this.next[stream]);
      this.next[stream] += 1;
    }
  }

  /** Adds text in front of everything of its stream; it ends where the loaded part began. */
  prepend(stream: LogStream, piece: Piece): void {
    this.loadedFrom[stream] = piece.from;
    if (piece.text === '') return;
    this.pieces[stream].unshift(piece);
    this.characters += piece.text.length;
    this.generation += 1;
    const parts = piece.text.split('\n');
    this.joinToFirst(stream, parts.pop() ?? '');
    const at = Math.max(0, this.streams.indexOf(stream));
    this.first[stream] -= parts.length;
    this.texts = [...this.texts.slice(0, at), ...parts, ...this.texts.slice(at)];
    this.streams = [...this.streams.slice(0, at), ...parts.map(() => stream), ...this.streams.slice(at)];
    const from = this.first[stream];
    this.numbers = [...this.numbers.slice(0, at), ...parts.map((_, index) => from + index), ...this.numbers.slice(at)];
  }

  private joinToFirst(stream: LogStream, start: string): void {
    if (start === '') return;
    const first = this.streams.indexOf(stream);
    if (first < 0) this.open[stream] = start + this.open[stream];
    else this.texts[first] = start + (this.texts[first] ?? '');
  }

  /** Lets go of the oldest pieces until at most `keep` characters are held; `loadedFrom` moves, so they can be loaded again. */
  dropOldest(keep: number): void {
    for (const stream of streams) {
      const pieces = this.pieces[stream];
      let lines = 0;
      let startOfLine = 0;
      while (this.characters > keep && pieces.length > 1) {
        const piece = pieces.shift() as Piece;
        this.characters -= piece.text.length;
        this.loadedFrom[stream] = piece.to;
        const last = piece.text.lastIndexOf('\n');
        startOfLine = last < 0 ? startOfLine + piece.text.length : piece.text.length - last - 1;
        lines += countNewlines(piece.text);
      }
      if (lines > 0 || startOfLine > 0) this.forget(stream, lines, startOfLine);
    }
  }

  private forget(stream: LogStream, lines: number, startOfLine: number): void {
    this.generation += 1;
    this.first[stream] += lines;
    const kept = this.texts.flatMap((_, index) => (this.streams[index] === stream && (this.numbers[index] ?? 0) < this.first[stream] ? [] : [index]));
    this.texts = kept.map((index) => this.texts[index] ?? '');
    this.numbers = kept.map((index) => this.numbers[index] ?? 0);
    this.streams = kept.map((index) => this.streams[index] ?? stream);
    const first = this.streams.indexOf(stream);
    if (first < 0) this.open[stream] = this.open[stream].slice(startOfLine);
    else this.texts[first] = (this.texts[first] ?? '').slice(startOfLine);
  }

  /** Everything held of one stream, exactly as it came, in pieces (joining 50 MB would double it). */
  received(stream: LogStream): string[] {
    return this.pieces[stream].map((piece) => piece.text);
  }
}

function countNewlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
