import { and, desc, eq, inArray, isNotNull } from 'drizzle-orm';
import type { RunEventLine } from '@/contract/run-event';
import { runEvents, runs } from '@/db/schema';
import { database } from '@/server/database';
import type { RunRow } from '@/server/runs/run-status';

/**
 * Stores what was parsed and how far parsing is, in one transaction, so that a crash repeats or loses nothing. False when
 * another worker has taken the run over; then nothing was stored.
 */
export async function storeRunEvents(run: Pick<RunRow, 'id' | 'fence'>, lines: readonly RunEventLine[], parsedUpTo: number): Promise<boolean> {
  return database().transaction(async (transaction) => {
    const held = await transaction
      .update(runs)
      .set({ parsedUpTo })
      .where(and(eq(runs.id, run.id), eq(runs.fence, run.fence)))
      .returning({ id: runs.id });
    if (held.length === 0) return false;
    for (let from = 0; from < lines.length; from += 500) {
      const rows = lines.slice(from, from + 500).map((line) => ({ ...line, runId: run.id, stream: 'out' as const }));
      await transaction.insert(runEvents).values(rows).onConflictDoNothing();
    }
    return true;
  });
}

/** The payload of the newest line of this kind; null when there is none. */
export async function lastPayload(runId: string, kind: string): Promise<string | null> {
  const [row] = await database()
    .select({ payload: runEvents.payload })
    .from(runEvents)
    .where(and(eq(runEvents.runId, runId), eq(runEvents.kind, kind), isNotNull(runEvents.payload)))
    .orderBy(desc(runEvents.offset))
    .limit(1);
  return row?.payload ?? null;
}

/** All payloads of these kinds, in order. */
export async function payloadsOf(runId: string, kinds: string[]): Promise<string[]> {
  const rows = await database()
    .select({ payload: runEvents.payload })
    .from(runEvents)
    .where(and(eq(runEvents.runId, runId), inArray(runEvents.kind, kinds), isNotNull(runEvents.payload)))
    .orderBy(runEvents.offset);
  return rows.flatMap((row) => row.payload ?? []);
}
