import { and, asc, desc, eq, gte, lt } from 'drizzle-orm';
import type { ConversationEvent, ConversationPage } from '@/contract/conversation';
import { OVERSIZED_EVENT } from '@/contract/run-event';
import { runEvents, runs } from '@/db/schema';
import { database } from '@/server/database';
import { withoutSpeltSecrets } from '@/server/runs/spelt-secrets';
import type { Masker } from '@/server/secrets/mask';

/** A page ends sooner than its limit when its lines are long together: it is held in memory and sent as one piece. */
const MAX_PAGE_BYTES = 2 * 1024 * 1024;

/** How far the events of a run are stored, and how it stands; `status` is null for one that was deleted. */
export async function readEdge(runId: string): Promise<{ parsedUpTo: number; attempt: number; status: (typeof runs.$inferSelect)['status'] | null }> {
  const [row] = await database().select({ parsedUpTo: runs.parsedUpTo, attempt: runs.attempt, status: runs.status }).from(runs).where(eq(runs.id, runId));
  return row ?? { parsedUpTo: 0, attempt: 0, status: null };
}

/** The page that begins at byte `from`; `edge` is how far the events were stored before it is read. */
export async function readPageFrom(runId: string, from: number, edge: number, limit: number, masker: Masker): Promise<ConversationPage> {
  const sizes = await sizesOf(and(ofRun(runId), gte(runEvents.offset, from), lt(runEvents.offset, edge)), 'up', limit + 1);
  const fitting = fittingCount(sizes, limit);
  const to = sizes.length > fitting ? (sizes[fitting]?.offset ?? edge) : Math.max(edge, from);
  return { events: await eventsBetween(runId, from, to, masker), from, to };
}

/** The page that ends before byte `before`. Its `from` is 0 when there is nothing in front of it. */
export async function readPageBefore(runId: string, before: number, limit: number, masker: Masker): Promise<ConversationPage> {
  const sizes = await sizesOf(and(ofRun(runId), lt(runEvents.offset, before)), 'down', limit + 1);
  const fitting = fittingCount(sizes, limit);
  const from = sizes.length > fitting ? (sizes[fitting - 1]?.offset ?? 0) : 0;
  return { events: await eventsBetween(runId, from, before, masker), from, to: before };
}

function ofRun(runId: string) {
  return and(eq(runEvents.runId, runId), eq(runEvents.stream, 'out'));
}

interface EventSize {
  offset: number;
  /** Of what is sent: a line that was not kept is only told of. */
  bytes: number;
}

async function sizesOf(where: ReturnType<typeof and>, direction: 'up' | 'down', limit: number): Promise<EventSize[]> {
  const rows = await database()
    .select({ offset: runEvents.offset, bytes: runEvents.bytes, kind: runEvents.kind })
    .from(runEvents)
    .where(where)
    .orderBy(direction === 'up' ? asc(runEvents.offset) : desc(runEvents.offset))
    .limit(limit);
  return rows.map(({ offset, bytes, kind }) => ({ offset, bytes: kind === OVERSIZED_EVENT ? 0 : bytes }));
}

/** How many of the first events make a page: at least one, however long it is. */
function fittingCount(sizes: readonly EventSize[], limit: number): number {
  let bytes = 0;
  let count = 0;
  for (const size of sizes) {
    bytes += size.bytes;
    if (count === limit || (count > 0 && bytes > MAX_PAGE_BYTES)) break;
    count++;
  }
  return count;
}

async function eventsBetween(runId: string, from: number, to: number, masker: Masker): Promise<ConversationEvent[]> {
  const rows = await database()
    .select({
      offset: runEvents.offset,
      bytes: runEvents.bytes,
      kind: runEvents.kind,
      subtype: runEvents.subtype,
      at: runEvents.at,
      storedAt: runEvents.storedAt,
      payload: runEvents.payload,
      truncated: runEvents.truncated,
    })
    .from(runEvents)
    .where(and(ofRun(runId), gte(runEvents.offset, from), lt(runEvents.offset, to)))
    .orderBy(asc(runEvents.offset));
  return rows.map((row) => ({ ...row, at: isoTime(row.at), storedAt: row.storedAt?.toISOString() ?? null, payload: withoutSpeltSecrets(row.payload, masker) }));
}

/** As Postgres writes it (`2026-01-01 10:00:00.5+00`), not every browser reads it. */
function isoTime(text: string | null): string | null {
  const time = text === null ? Number.NaN : Date.parse(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'));
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}
