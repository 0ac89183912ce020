import type { MaskedBytes } from '@/server/secrets/mask';

/** Pieces are gathered up to this size: a shell prints most things in very small ones. */
const PIECE_BYTES = 4096;

/** The last output of a terminal by byte position, at most `kept` bytes and a piece. */
export class OutputRing {
  /** Position of the first byte that is held, and of the next one to come. */
  start = 0;
  end = 0;
  readonly #kept: number;
  #pieces: Buffer[] = [];

  constructor(kept: number) {
    this.#kept = kept;
  }

  append(piece: MaskedBytes): void {
    if (piece.length === 0) return;
    const last = this.#pieces.at(-1);
    if (last && last.length + piece.length <= PIECE_BYTES) this.#pieces[this.#pieces.length - 1] = Buffer.concat([last, piece]);
    else this.#pieces.push(piece);
    this.end += piece.length;
    while (this.#pieces[0] && this.end - this.start - this.#pieces[0].length >= this.#kept) this.start += this.#pieces.shift()!.length;
  }

  /** Forgets what is held and goes on at a position. */
  restart(at: number): void {
    this.#pieces = [];
    this.start = at;
    this.end = at;
  }

  holds(position: number): boolean {
    return position >= this.start && position <= this.end;
  }

  /** At most so many bytes from a position that is held; empty at the end. */
  read(position: number, most: number): Buffer {
    const parts: Buffer[] = [];
    let at = this.start;
    let wanted = most;
    for (const piece of this.#pieces) {
      const skip = Math.max(0, position - at);
      if (wanted > 0 && skip < piece.length) {
        const part = piece.subarray(skip, skip + wanted);
        parts.push(part);
        wanted -= part.length;
      }
      at += piece.length;
      if (wanted <= 0) break;
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }
}
