import { and, eq, gt, sql } from 'drizzle-orm';
import { isFinal } from '@/contract/run';
import { runAttempts, runs } from '@/db/schema';
import { database } from '@/server/database';
import { hasTurn } from '@/server/runs/stream-evidence';

/** So many runs of one person go on within this time. */
const MOST_AT_ONCE = 3;
const AT_ONCE_MS = 10_000;
/** The first to go on is waited for so long: what it finds is found for all. */
const PROBE_MS = 60_000;

/**
 * How many parked runs of the person may go on now. The first goes alone: if it is refused again, those behind it stay where they
 * are without having tried. Once Claude has answered one of them, the others follow, a few at a time.
 */
export async function mayGoOn(userId: string): Promise<number> {
  const lately = await database()
    .select({ runId: runAttempts.runId, outStart: runAttempts.outStart, startedAt: runAttempts.startedAt, current: runs.attempt, number: runAttempts.number, status: runs.status })
    .from(runAttempts)
    .innerJoin(runs, eq(runs.id, runAttempts.runId))
    .where(and(eq(runs.startedById, userId), gt(runAttempts.number, 1), gt(runAttempts.startedAt, sql`now() - make_interval(secs => ${PROBE_MS / 1_000})`)));
  const answered = await Promise.all(lately.map(({ runId, outStart }) => hasTurn(runId, { from: outStart })));
  if (!answered.includes(true)) {
    const probing = lately.some(({ current, number, status }) => current === number && !isFinal(status) && status !== 'parked');
    return probing ? 0 : 1;
  }
  const since = Date.now() - AT_ONCE_MS;
  return Math.max(0, MOST_AT_ONCE - lately.filter(({ startedAt }) => startedAt.getTime() > since).length);
}
