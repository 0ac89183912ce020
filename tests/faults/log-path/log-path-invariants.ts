import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { asc, eq } from 'drizzle-orm';
import { isFinal } from '@/contract/run';
import type { LogStream } from '@/contract/run-log';
import type { Database } from '@/db/client';
import { runEvents, runs } from '@/db/schema';
import { createMasker } from '@/server/secrets/mask';
import { secretNeedles } from '@/server/secrets/mask-needles';
import { problemsOfEvents, type EventRow } from '@/tests/faults/expected-events';
import { plantedTokens } from '@/tests/faults/generator/planted-tokens.mjs';
import type { HandmadeRun } from '@/tests/faults/log-path/handmade-run';
import { movesOfRun } from '@/tests/faults/log-path/moves-of-runs';
import type { SupervisingProcess } from '@/tests/faults/log-path/supervising-process';

/**
 * What must hold of a run's log after any fault (the log path's L1–L9), once the run is final. Each answers with sentences about what is
 * wrong; none means that it holds.
 */
const streams = ['out', 'err'] as const;
const LONGEST_WRITE_MS = 2_000;
const MOST_MEMORY = 150 * 1024 * 1024;

export interface LogPathExpectation {
  processes: readonly SupervisingProcess[];
  /** From this byte of the standard output on nothing may be kept, and the run has to say so. Absent: everything is there. */
  lostFrom?: number;
  /** The run has to say that its output was meddled with, though nothing of it is lost. */
  flagged?: boolean;
}

/** All that is wrong. */
export async function brokenLogPath(database: Database, run: HandmadeRun, { processes, lostFrom, flagged = lostFrom !== undefined }: LogPathExpectation): Promise<string[]> {
  await run.shown.ended;
  const row = await run.row();
  const rows = await database.select().from(runEvents).where(eq(runEvents.runId, run.id)).orderBy(asc(runEvents.offset));
  const expected = expectedLog(run, lostFrom);
  const found: string[] = [];
  const check = (holds: boolean, sentence: () => string) => void (holds || found.push(sentence()));

  for (const stream of streams) {
    const kept = readFileSync(path.join(run.log, `${stream}.log`));
    check(digest(kept) === digest(expected[stream]), () => `L1: ${stream}.log has ${kept.length} bytes, ${expected[stream].length} expected, the first other one is ${firstDifference(kept, expected[stream])}`);
    check(run.shown.text[stream] === new TextDecoder('utf-8', { ignoreBOM: true }).decode(kept), () => `L4: what was shown of ${stream} is not what is kept`);
    check(row[`${stream}Bytes`] === kept.length, () => `L6: the row says ${row[`${stream}Bytes`]} bytes of ${stream}, the file has ${kept.length}`);
  }
  found.push(...run.shown.gaps.map((gap) => `L4: ${gap}`));
  const events: EventRow[] = rows.map((event) => ({ run_id: run.id, kind: event.kind, offset: event.offset, bytes: event.bytes, payload: event.payload }));
  found.push(...problemsOfEvents(expected.out, events).map((problem) => `L2: ${problem}`));
  check(new Set(rows.map(({ offset }) => offset)).size === rows.length, () => 'L2: two rows begin at the same byte');
  check(row.parsedUpTo === expected.out.length, () => `L3: rows are complete up to ${row.parsedUpTo} of ${expected.out.length}`);
  found.push(...(await stepsBack(database, run)));
  found.push(...(await secretsIn(database, run, processes)));
  check(run.longestWriteMs < LONGEST_WRITE_MS, () => `L7: one write took ${run.longestWriteMs.toFixed(0)} ms`);
  for (const { memoryGrowth } of processes) check(memoryGrowth() < MOST_MEMORY, () => `L8: a process grew by ${(memoryGrowth() / 1024 / 1024).toFixed(0)} MiB`);
  check(row.logTampered === flagged, () => `L9: the run says ${row.logTampered ? 'that its output was meddled with' : 'nothing of a loss'}`);
  return found;
}

/** The committed position at this moment: true when no row reaches beyond it, and it not beyond the log. One look, for the time of a fault. */
export async function isConsistentNow(database: Database, run: HandmadeRun): Promise<boolean> {
  const [row, rows] = await database.transaction(async (transaction) => {
    const [now] = await transaction.select({ parsedUpTo: runs.parsedUpTo }).from(runs).where(eq(runs.id, run.id));
    return [now, await transaction.select({ offset: runEvents.offset, bytes: runEvents.bytes }).from(runEvents).where(eq(runEvents.runId, run.id))] as const;
  }, { isolationLevel: 'repeatable read' });
  const parsedUpTo = row?.parsedUpTo ?? -1;
  return rows.every(({ offset, bytes }) => offset + bytes <= parsedUpTo) && parsedUpTo <= run.logSize();
}

function expectedLog(run: HandmadeRun, lostFrom?: number): Record<LogStream, Buffer> {
  const masker = createMasker(secretNeedles([run.credential]));
  return { out: masker.maskWhole(run.written('out').subarray(0, lostFrom)), err: masker.maskWhole(run.written('err')) };
}

async function stepsBack(database: Database, run: HandmadeRun): Promise<string[]> {
  const moments = await movesOfRun(database, run.id);
  const found: string[] = [];
  for (const [index, now] of moments.entries()) {
    const before = moments[index - 1];
    if (before && now.parsedUpTo < before.parsedUpTo) found.push(`L3: the committed position went from ${before.parsedUpTo} back to ${now.parsedUpTo}`);
    if (before && isFinal(before.status as never)) found.push(`L6: the row changed after it was ${before.status}`);
  }
  const end = moments.find(({ status }) => isFinal(status as never));
  const lastByteAt = Math.max(...streams.map((stream) => statSync(path.join(run.log, `${stream}.log`)).mtimeMs));
  if (!end || lastByteAt > end.at) found.push(`L6: the last byte was written at ${lastByteAt}, the run was final at ${end?.at}`);
  return found;
}

async function secretsIn(database: Database, run: HandmadeRun, processes: readonly SupervisingProcess[]): Promise<string[]> {
  const secrets = [...plantedTokens, run.credential, Buffer.from(run.credential).toString('base64').replace(/=+$/, '')];
  const rows = await database.select().from(runEvents).where(eq(runEvents.runId, run.id));
  const places: [string, string][] = [
    ...streams.map((stream): [string, string] => [`${stream}.log`, readFileSync(path.join(run.log, `${stream}.log`), 'latin1')]),
    ...streams.map((stream): [string, string] => [`what was shown of ${stream}`, run.shown.text[stream]]),
    ['run_events', rows.map(({ payload }) => payload ?? '').join('\n')],
    ['the run’s row', JSON.stringify(await run.row())],
    ...processes.map((process): [string, string] => ['what a process has said', process.output()]),
  ];
  return places.flatMap(([where, text]) => (secrets.some((secret) => text.includes(secret)) ? [`L5: a secret stands in ${where}`] : []));
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function firstDifference(one: Buffer, other: Buffer): number {
  const end = Math.min(one.length, other.length);
  for (let at = 0; at < end; at += 1) if (one[at] !== other[at]) return at;
  return end;
}
