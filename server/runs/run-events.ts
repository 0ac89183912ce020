import { and, desc, eq, fillPlaceholders, gte, inArray, isNotNull, lt, sql, type SQL } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import { z } from 'zod';
import type { MaskedText } from '@/contract/masked-text';
import { OVERSIZED_EVENT, type RunEventLine } from '@/contract/run-event';
import { runEvents, runs } from '@/db/schema';
import { database, rawDatabase } from '@/server/database';
import { processState } from '@/server/process-state';
import { lastSaidIn, lastSentence } from '@/server/runs/last-said';
import { mayConcernQuestions, noteQuestions } from '@/server/runs/questions/note-questions';
import type { RunRow } from '@/server/runs/run-status';
import { withoutSpeltSecrets } from '@/server/runs/spelt-secrets';
import { Turns } from '@/server/turns';
import type { Masker } from '@/server/secrets/mask';
import { maskTokens } from '@/server/secrets/masked-text';

const initSchema = z.object({ model: z.string().max(200) });

/** More at once only take turns at the log of the database, and the processors from the bytes. */
const STORE_AT_ONCE = 2;
/** One that waits for somebody else's lock does not count any longer. */
const LONGEST_STORE_MS = 250;

/**
 * Stores what was parsed and how far parsing is, at once or not at all, so that a crash repeats or loses nothing. False when
 * another worker has taken the run over; then nothing was stored. The model that the CLI names and Claude's last sentence go into the row as well. `masker`
 * is the run's own: it masks what the lines hold once they are parsed.
 */
export async function storeRunEvents(run: Pick<RunRow, 'id' | 'fence'>, masker: Masker, lines: readonly RunEventLine[], parsedUpTo: number): Promise<boolean> {
  return processState('storing-turns', () => new Turns(STORE_AT_ONCE, { longestMs: LONGEST_STORE_MS })).take(async () => {
    const values = { runId: run.id, fence: run.fence, parsedUpTo, model: maskTokens(modelOf(lines)), lastSaid: lastSaidMasked(masker, lines), rows: rowsOf(lines, masker) };
    // One way to the database and back, planned once and put into words once: with twenty runs that write, storing was what their lines waited for.
    if (!mayConcernQuestions(lines)) return (await rawDatabase().unsafe(storingAlone.sql, fillPlaceholders(storingAlone.params, values) as string[], { prepare: true })).length > 0;
    return database().transaction(async (transaction) => {
      if ((await transaction.execute(storing(values))).length === 0) return false;
      await noteQuestions(transaction, run, lines);
      return true;
    });
  });
}

/**
 * All rows as one value: a parameter for each field cost the collector more than masking did. Secrets that are spelt by escapes are masked here, and not by who reads a row
 * alone: a secret that was replaced or deleted since is not known any more.
 */
function rowsOf(lines: readonly RunEventLine[], masker: Masker): string {
  return JSON.stringify(lines.map(({ offset, kind, subtype, at, payload, truncated, bytes }) => ({ offset, kind, subtype, at, payload: withoutSpeltSecrets(payload, masker), truncated, bytes })));
}

/** Answers a row if the run is still held. */
function storing({ runId, fence, parsedUpTo, model, lastSaid, rows }: Record<'runId' | 'fence' | 'parsedUpTo' | 'model' | 'lastSaid' | 'rows', unknown>): SQL {
  return sql`
    with held as (
      update ${runs} set parsed_up_to = ${parsedUpTo}::bigint, model = coalesce(${model}::text, model), last_said = coalesce(${lastSaid}::text, last_said)
      where id = ${runId}::uuid and fence = ${fence}::integer
      returning id
    ), stored as (
      insert into ${runEvents} (run_id, stream, "offset", kind, subtype, at, payload, truncated, bytes)
      select held.id, 'out', line."offset", line.kind, line.subtype, line.at, line.payload, line.truncated, line.bytes
      from held, json_to_recordset(${rows}::text::json) as line ("offset" bigint, kind text, subtype text, at timestamptz, payload text, truncated boolean, bytes bigint)
      on conflict do nothing
    )
    select id from held`;
}

const { placeholder } = sql;
const storingAlone = new PgDialect().sqlToQuery(
  storing({ runId: placeholder('runId'), fence: placeholder('fence'), parsedUpTo: placeholder('parsedUpTo'), model: placeholder('model'), lastSaid: placeholder('lastSaid'), rows: placeholder('rows') }),
);

/** Parsing has undone the escapes of JSON since the log was masked, so words are masked again: whole, before anything is cut off. */
function lastSaidMasked(masker: Masker, lines: readonly RunEventLine[]): MaskedText | null {
  const said = lastSaidIn(lines);
  return said === null ? null : masker.maskText(lastSentence(masker.maskText(said)));
}

/** A stretch of a run's log, in bytes: `to` is the first that does not belong to it. */
export interface LogStretch {
  from: number;
  to?: number;
}

function within({ from, to }: LogStretch): SQL | undefined {
  return and(eq(runEvents.stream, 'out'), gte(runEvents.offset, from), to === undefined ? undefined : lt(runEvents.offset, to));
}

/** The payload of the newest line of this kind, and of this subtype where one is named; null when there is none. */
export async function lastPayload(runId: string, kind: string, stretch: LogStretch, subtype?: string): Promise<string | null> {
  const [row] = await database()
    .select({ payload: runEvents.payload })
    .from(runEvents)
    .where(and(eq(runEvents.runId, runId), eq(runEvents.kind, kind), subtype === undefined ? undefined : eq(runEvents.subtype, subtype), isNotNull(runEvents.payload), within(stretch)))
    .orderBy(desc(runEvents.offset))
    .limit(1);
  return row?.payload ?? null;
}

/** Where the newest line lies that was too long to be kept as an event; null when there is none. */
export async function lastOversized(runId: string, stretch: LogStretch): Promise<{ offset: number; bytes: number } | null> {
  const [row] = await database()
    .select({ offset: runEvents.offset, bytes: runEvents.bytes })
    .from(runEvents)
    .where(and(eq(runEvents.runId, runId), eq(runEvents.kind, OVERSIZED_EVENT), within(stretch)))
    .orderBy(desc(runEvents.offset))
    .limit(1);
  return row ?? null;
}

/** The model that Claude Code says it uses, from its first line; null before that line, or when it does not say. */
function modelOf(lines: readonly RunEventLine[]): string | null {
  const init = lines.find((line) => line.kind === 'system' && line.subtype === 'init');
  const parsed = initSchema.safeParse(init?.payload ? JSON.parse(init.payload) : null);
  return parsed.success ? parsed.data.model : null;
}

/** The payloads of these kinds in order; the first `limit` of them. */
export async function payloadsOf(runId: string, kinds: string[], stretch: LogStretch, limit = Number.MAX_SAFE_INTEGER): Promise<string[]> {
  const rows = await database()
    .select({ payload: runEvents.payload })
    .from(runEvents)
    .where(and(eq(runEvents.runId, runId), inArray(runEvents.kind, kinds), isNotNull(runEvents.payload), within(stretch)))
    .orderBy(runEvents.offset)
    .limit(limit);
  return rows.flatMap((row) => row.payload ?? []);
}
