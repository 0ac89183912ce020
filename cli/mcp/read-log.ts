import type { AnyonApi, Run } from '@/cli/api/anyon-api';
import { readableLine } from '@/cli/log/readable-lines';
import { bounded, MOST_CHARACTERS } from '@/cli/mcp/tool';
import type { LogStream } from '@/contract/run-log';

export interface LogRange {
  stream: LogStream;
  /** Absent: the end of the log. */
  from?: number | undefined;
  bytes: number;
  as: 'words' | 'raw';
  signal: AbortSignal;
}

export interface LogPart {
  /** The bytes that were read, of `size` that there are at this moment. Read on at `to`. */
  from: number;
  to: number;
  size: number;
  text: string;
}

/** A part of a log. As words, lines are not cut: what belongs to a line that is not whole in these bytes is left for the next part. */
export async function readLog(api: AnyonApi, run: Run, { stream, from: asked, bytes: most, as, signal }: LogRange): Promise<LogPart> {
  const size = stream === 'out' ? run.outBytes : run.errBytes;
  const from = Math.min(asked ?? Math.max(0, size - most), size);
  const to = Math.min(size, from + most);
  if (from === to) return { from, to, size, text: '' };
  const bytes = Buffer.from(await api.logOf(run.id).bytes(stream, from, to, signal));
  if (as === 'raw' || stream === 'err') return { from, to: from + bytes.length, size, text: bounded(bytes.toString('utf8'), MOST_CHARACTERS) };
  const { begin, end } = wholeLines(bytes, { cutAtStart: asked === undefined && from > 0, last: to === size });
  const text = bytes.subarray(begin, end).toString('utf8').split('\n').map(readableLine).join('').trim();
  return { from: from + begin, to: from + end, size, text: bounded(text, MOST_CHARACTERS) };
}

/** Which bytes are whole lines. A line that alone is longer than all that was read is passed over. */
function wholeLines(bytes: Buffer, { cutAtStart, last }: { cutAtStart: boolean; last: boolean }): { begin: number; end: number } {
  const begin = cutAtStart ? bytes.indexOf(10) + 1 : 0;
  const end = last ? bytes.length : bytes.lastIndexOf(10) + 1;
  return end > begin ? { begin, end } : { begin: bytes.length, end: bytes.length };
}
