import { eq } from 'drizzle-orm';
import { isFinal } from '@/contract/run';
import { formatLogPosition, parseLogPosition, type LogPosition, type RunLogEvent } from '@/contract/run-log';
import { runs } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { RunAccess } from '@/server/runs/access';
import { followRunLog } from '@/server/runs/run-log-follow';

interface FollowFrom {
  outFrom: number;
  errFrom: number;
  lastEventId?: string | null | undefined;
}

/**
 * The live log of a run as events with their resume ids: every byte after the position once, in order per stream, then
 * `{end: true}`.
 */
export async function* followRun(access: RunAccess, position: LogPosition, signal: AbortSignal): AsyncGenerator<{ id: string; event: RunLogEvent }> {
  const runId = access.run.id;
  const end = { out: position.out, err: position.err };
  for await (const piece of followRunLog({ runId, outFrom: position.out, errFrom: position.err, signal, isFinal: () => isRunFinal(runId) })) {
    end[piece.stream] = piece.to;
    yield { id: piece.id, event: { end: false, stream: piece.stream, from: piece.from, to: piece.to, text: piece.text } };
  }
  if (!signal.aborted) yield { id: formatLogPosition(end), event: { end: true, ...end } };
}

/** Where to begin. A position that was reached (`lastEventId`) wins over the one that was asked for first; throws `invalid` when it is none. */
export function startPosition(from: FollowFrom): LogPosition {
  if (from.lastEventId === null || from.lastEventId === undefined) return { out: from.outFrom, err: from.errFrom };
  const position = parseLogPosition(from.lastEventId);
  if (!position) throw new AnyonError('invalid', 'This is not a position in a log. Reload the page.');
  return position;
}

/** True once the row is final, which it becomes only after the last byte is on disk. A deleted run has nothing more to say. */
export async function isRunFinal(runId: string): Promise<boolean> {
  const [row] = await database().select({ status: runs.status }).from(runs).where(eq(runs.id, runId));
  return !row || isFinal(row.status);
}
