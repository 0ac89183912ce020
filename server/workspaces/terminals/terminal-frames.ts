import { AnyonError } from '@/server/errors';

/**
 * What passes between the holder of a shell in a container and whoever is attached: a letter, the length in four bytes, the content
 * (docker/claude-code/anyon-terminal.d/frames.pm lists them).
 */
export interface TerminalFrame {
  letter: string;
  content: Buffer;
}

/** The container's word is not trusted: nothing longer is ever gathered. */
const MOST_BYTES = 65_536 + 64;
const HEAD_BYTES = 5;

export function encodeFrame(letter: string, content: Buffer): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.write(letter, 0, 'latin1');
  head.writeUInt32BE(content.length, 1);
  return Buffer.concat([head, content]);
}

/** Keys of one browser tab; the holder takes each sequence number once. */
export function keysFrame(tab: string, sequence: number, data: string): Buffer {
  const number = Buffer.alloc(4);
  number.writeUInt32BE(sequence);
  return encodeFrame('K', Buffer.concat([Buffer.from(tab, 'latin1'), number, Buffer.from(data)]));
}

export function sizeFrame(columns: number, rows: number): Buffer {
  const content = Buffer.alloc(4);
  content.writeUInt16BE(columns, 0);
  content.writeUInt16BE(rows, 2);
  return encodeFrame('R', content);
}

/** Makes frames of a stream that comes in any pieces, each joined once. Throws `unavailable` for one that is too long. */
export class FrameDecoder {
  #pieces: Buffer[] = [];
  #held = 0;
  /** With fewer bytes there is no frame to be had. */
  #wanted = HEAD_BYTES;

  *push(piece: Buffer): Generator<TerminalFrame> {
    this.#pieces.push(piece);
    this.#held += piece.length;
    while (this.#held >= this.#wanted) {
      const held = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
      const length = held.readUInt32BE(1);
      if (length > MOST_BYTES) throw new AnyonError('unavailable', 'The terminal in the container sent what is none of its language. Close it and open another.');
      const end = HEAD_BYTES + length;
      const isWhole = held.length >= end;
      const rest = isWhole ? held.subarray(end) : held;
      this.#pieces = [rest];
      this.#held = rest.length;
      this.#wanted = isWhole ? HEAD_BYTES : end;
      if (isWhole) yield { letter: held.toString('latin1', 0, 1), content: held.subarray(HEAD_BYTES, end) };
    }
  }
}
