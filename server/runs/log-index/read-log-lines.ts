import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { and, asc, eq, gte, isNotNull, lt } from 'drizzle-orm';
import { isHiddenWhenReadable, type LogLine, type LogLineInput, type LogLinesInput, type LogLinesView, type LogStream, type LogTime } from '@/contract/run-log';
import { runEvents } from '@/db/schema';
import { database } from '@/server/database';
import { runLogDir } from '@/server/deployment/paths';
import type { RunAccess } from '@/server/runs/access';
import { assertLogIsKept } from '@/server/runs/removed-parts';
import { LineCutter, placesIn, type LinePlace } from '@/server/runs/log-index/cut-lines';
import type { LogIndex } from '@/server/runs/log-index/log-index';
import { sharedLogIndex } from '@/server/runs/log-index/shared-log-index';
import { readFully } from '@/server/runs/run-output-source';

/** Lines that lie in no more than this are read at once; others one by one, only as much as is shown of each. */
const AT_ONCE_BYTES = 4 * 1024 * 1024;

/** Where a run's masked log of one stream lies. */
export function runLogPath(runId: string, stream: LogStream): string {
  return path.join(runLogDir(runId), `${stream}.log`);
}

/** The line that holds a byte of the log (the last line for a byte behind the end), and where it begins. Lines count from 1. */
export async function findLogLine({ run }: RunAccess, { stream, offset }: LogLineInput): Promise<{ line: number; offset: number }> {
  assertLogIsKept(run);
  const index = sharedLogIndex(runLogPath(run.id, stream));
  const { bytes } = await index.catchUp();
  if (bytes < offset) await index.catchUp(); // it was being looked through when somebody else had asked, before this byte was there
  const found = await index.lineAt(offset);
  return { line: found.line + 1, offset: found.offset };
}

/** Lines of a log, cut for the screen, and how many there are by now. Fewer than asked for where the log ends. */
export async function readLogLines({ run }: RunAccess, input: LogLinesInput): Promise<LogLinesView> {
  assertLogIsKept(run);
  const path = runLogPath(run.id, input.stream);
  const index = sharedLogIndex(path);
  const { lines: total, bytes } = await index.catchUp();
  const first = Math.min(input.from - 1, total);
  const last = Math.min(first + input.count, total);
  const [from, to] = [await index.startOf(first), last === total ? bytes : await index.startOf(last)];
  const leavesOut = input.readable ? isHiddenWhenReadable : () => false;
  const lines = from === to ? [] : await withFile(path, async (file) => (to - from <= AT_ONCE_BYTES ? readAtOnce(file, { first, from, to }, leavesOut) : readOneByOne(file, index, { first, last, to }, leavesOut)));
  return { lines, total, bytes };
}

async function readAtOnce(file: FileHandle, { first, from, to }: { first: number; from: number; to: number }, leavesOut: (start: string) => boolean): Promise<LogLine[]> {
  const all = Buffer.allocUnsafe(to - from);
  const bytes = all.subarray(0, await readFully(file, all, from));
  const cutter = new LineCutter();
  return placesIn(bytes, from).map((place, at) => cutter.cut(first + at + 1, place, bytes.subarray(place.from - from, place.from - from + cutter.wanted(place)), leavesOut));
}

async function readOneByOne(file: FileHandle, index: LogIndex, { first, last, to }: { first: number; last: number; to: number }, leavesOut: (start: string) => boolean): Promise<LogLine[]> {
  const cutter = new LineCutter();
  const lines: LogLine[] = [];
  let from = await index.startOf(first);
  for (let line = first; line < last; line += 1) {
    const place: LinePlace = { from, to: line + 1 === last ? to : await index.startOf(line + 1) };
    const bytes = Buffer.allocUnsafe(cutter.wanted(place));
    lines.push(cutter.cut(line + 1, place, bytes.subarray(0, await readFully(file, bytes, from)), leavesOut));
    from = place.to;
  }
  return lines;
}

/** The bytes of lines `from` to `to`, both counted from 1 and inside; an empty place behind the end of the log. */
export async function placeOfLines({ run }: RunAccess, stream: LogStream, { from, to }: { from: number; to: number }): Promise<LinePlace> {
  const index = sharedLogIndex(runLogPath(run.id, stream));
  await index.catchUp();
  return { from: await index.startOf(from - 1), to: await index.startOf(to) };
}

/** When lines of the output were written, as far as Claude Code says it: only some kinds of its lines do, and none of the error output. */
export async function readLogTimes(access: RunAccess, { from, count }: { from: number; count: number }): Promise<LogTime[]> {
  const runId = access.run.id;
  const index = sharedLogIndex(runLogPath(runId, 'out'));
  const place = await placeOfLines(access, 'out', { from, to: from + count - 1 });
  const rows = await database()
    .select({ offset: runEvents.offset, at: runEvents.at })
    .from(runEvents)
    .where(and(eq(runEvents.runId, runId), eq(runEvents.stream, 'out'), gte(runEvents.offset, place.from), lt(runEvents.offset, place.to), isNotNull(runEvents.at)))
    .orderBy(asc(runEvents.offset))
    .limit(count);
  const times: LogTime[] = [];
  for (const { offset, at } of rows) if (at) times.push({ line: (await index.lineAt(offset)).line + 1, at: new Date(at).toISOString() });
  return times;
}

async function withFile<T>(path: string, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}
