import { stat } from 'node:fs/promises';
import type { LogHit } from '@/contract/log-search';
import type { LogStream } from '@/contract/run-log';
import { logPieces, type PiecePosition, type PieceSizes } from '@/server/runs/log-search/log-pieces';
import type { Matcher } from '@/server/runs/log-search/matcher-thread';

/** What one piece brought, and where the search goes on (always the beginning of a line, so that it can be taken up there later). */
export interface FileSearchStep {
  hits: LogHit[];
  count: number;
  /** Bytes that were looked through so far, for showing progress. */
  done: number;
  next: PiecePosition;
}

/** Size of a log; 0 when there is none yet. */
export async function logSize(path: string): Promise<number> {
  return stat(path).then(({ size }) => size, () => 0);
}

/** Searches one log from a beginning of a line to byte `to`, piece by piece. `room()` says how many hits are still wanted. */
export async function* searchFile(options: { path: string; stream: LogStream; from: PiecePosition; to: number; complete: boolean; matcher: Matcher; room: () => number; sizes?: PieceSizes }): AsyncGenerator<FileSearchStep> {
  const { path, stream, matcher } = options;
  if (options.to <= options.from.offset) return;
  let newlines = 0;
  for await (const piece of logPieces(path, options.from, options.to, options.complete, () => newlines, options.sizes)) {
    const { length } = piece.bytes;
    const result = await matcher.match({ bytes: piece.bytes, skip: piece.skip, until: piece.until, room: options.room() });
    ({ newlines } = result);
    const hits = result.hits.map(({ at, line, ...hit }): LogHit => ({ stream, line: piece.line + line + 1, offset: line === 0 ? piece.lineFrom : piece.from + at, ...hit, column: hit.column }));
    const ended = newlines > 0 || (options.complete && piece.from + length === options.to);
    yield { hits, count: result.count, done: piece.from + length, next: ended ? { offset: piece.from + length, line: piece.line + newlines } : { offset: piece.lineFrom, line: piece.line } };
  }
}
