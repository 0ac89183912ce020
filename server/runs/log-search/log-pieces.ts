import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { readFully } from '@/server/runs/run-output-source';
import { utf8Cut } from '@/server/runs/utf8-cut';

/** A piece of a log to search: whole lines, or a part of one very long line with what surrounds it. */
export interface LogPiece {
  bytes: Uint8Array;
  /** Place of the first byte in the log. */
  from: number;
  /** The line that the first byte is in, counted from 0, and where that line begins. */
  line: number;
  lineFrom: number;
  /** Matches are wanted that begin in [skip, until) of the bytes. */
  skip: number;
  until: number;
}

/** Where to go on: the beginning of a line. */
export interface PiecePosition {
  offset: number;
  line: number;
}

export interface PieceSizes {
  /** About how much is read at a time. */
  piece: number;
  /** A longer line is searched in parts. */
  longLine: number;
  /** A match that lies across the border of two parts is found when it is no longer than this. */
  overlap: number;
}

const SIZES: PieceSizes = { piece: 1024 * 1024, longLine: 4 * 1024 * 1024, overlap: 64 * 1024 };
const CONTEXT_BYTES = 256;
const NEWLINE = 10;

/**
 * The log from a beginning of a line up to byte `to`, in pieces. A last line without an end comes only when `complete`: else more of it may
 * be written. The caller counts the lines of what it got and says so by `counted`. Memory: one piece and one long line.
 */
export async function* logPieces(path: string, position: PiecePosition, to: number, complete: boolean, counted: (piece: LogPiece) => number, sizes = SIZES): AsyncGenerator<LogPiece> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    let carried: Buffer = Buffer.alloc(0);
    let read = position.offset;
    let { line } = position;
    let lineFrom = position.offset;
    let skip = 0;
    while (read < to) {
      const next = await readPiece(file, read, Math.min(sizes.piece, to - read));
      if (next.length === 0) return;
      read += next.length;
      carried = carried.length === 0 ? next : Buffer.concat([carried, next]);
      const end = carried.lastIndexOf(NEWLINE) + 1;
      const from = read - carried.length;
      if (end > 0) {
        const piece: LogPiece = { bytes: ownCopy(carried.subarray(0, end)), from, line, lineFrom, skip, until: end };
        yield piece;
        line += counted(piece);
        lineFrom = from + end;
        carried = carried.subarray(end);
        skip = 0;
      } else if (carried.length >= sizes.longLine) {
        const until = utf8Cut(carried, carried.length - sizes.overlap);
        yield { bytes: ownCopy(carried), from, line, lineFrom, skip, until };
        const keep = utf8Cut(carried, Math.max(0, until - CONTEXT_BYTES));
        skip = until - keep;
        carried = carried.subarray(keep);
      }
    }
    if (complete && carried.length > 0) yield { bytes: ownCopy(carried), from: read - carried.length, line, lineFrom, skip, until: carried.length };
  } finally {
    await file.close();
  }
}

async function readPiece(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(length);
  return buffer.subarray(0, await readFully(file, buffer, offset));
}

/** A piece is handed over to another thread, with the memory it lies in. */
function ownCopy(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  return copy;
}
