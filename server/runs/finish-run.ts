import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { changedFileSchema } from '@/contract/run';
import { removeDetachedCommand } from '@/server/containers/detached-command';
import { database } from '@/server/database';
import { log } from '@/server/log';
import { judgeRun, type RunEnding } from '@/server/runs/judge-run';
import { readExchangeFile } from '@/server/runs/exchange-file';
import { readLastLine, readLogRange } from '@/server/runs/log-file';
import { parseResultLine, usageOfMessages, type ResultLine } from '@/server/runs/result-line';
import { lastOversized, lastPayload, payloadsOf } from '@/server/runs/run-events';
import { runPlace, type RunPlace } from '@/server/runs/run-place';
import { moveRun, type RunRow } from '@/server/runs/run-status';
import type { WatchedEnd } from '@/server/runs/watch-run';
import type { Masker } from '@/server/secrets/mask';
import { runMasker } from '@/server/secrets/run-masker';

const MAX_PATCH_BYTES = 8 * 1024 * 1024;
/** What the row keeps of Claude's last words; the log has all of them. */
const MAX_RESULT_CHARACTERS = 256 * 1024;
const changesSchema = z.object({ files: z.array(changedFileSchema).max(20_000), truncated: z.boolean() });

/** What the collector saw, when all of it is on disk. */
export interface CollectedLog {
  outBytes: number;
  errBytes: number;
  tampered: boolean;
}

/**
 * Turns the end of a run into its final row: keeps the masked diff, reads the result, judges, and moves: only after the last
 * byte of the log is stored. Everything before the move is safe to repeat; the raw files go last.
 */
export async function finishRun(run: RunRow, end: WatchedEnd, collected: CollectedLog, { stopRequestedBy, outOfMemory }: Pick<RunEnding, 'stopRequestedBy' | 'outOfMemory'>): Promise<void> {
  const place = runPlace(run);
  const changes = await keepDiff(place, await runMasker(run.id));
  const result = await findResult(run.id, place);
  const verdict = judgeRun({ ...(await describeEnding(end, result, place)), stopRequestedBy, outOfMemory });
  const usage = result?.usage ?? usageOfMessages(await payloadsOf(run.id, ['assistant']));
  const exit = end.kind === 'exited' ? end.exit : null;
  const moved = await moveRun(database(), run.id, {
    to: verdict.status,
    reason: verdict.reason,
    fence: run.fence,
    set: {
      ...usage,
      costUsd: run.simulated ? 0 : usage.costUsd, // the CLI reckons with real prices, but nobody is billed
      outBytes: collected.outBytes,
      errBytes: collected.errBytes,
      logTampered: collected.tampered,
      exitCode: exit?.exitCode ?? null,
      exitSignal: exit?.signal ?? null,
      outOfMemory: outOfMemory !== null,
      resultText: result?.text?.slice(0, MAX_RESULT_CHARACTERS) ?? null,
      changedFiles: changes.files,
      diffTruncated: changes.truncated,
      baseCommit: await readBase(place),
      finishedAt: new Date(),
    },
  });
  if (!moved) return; // taken over: the new owner finishes it, and still needs the raw files
  log().info({ runId: run.id, status: verdict.status, outBytes: collected.outBytes }, 'run: over');
  await removeDetachedCommand(place.exchange);
}

/** The CLI repeats its whole answer in the result line, so that line may be too long for an event; then it is read from the log. */
async function findResult(runId: string, place: RunPlace): Promise<ResultLine | null> {
  const payload = await lastPayload(runId, 'result');
  if (payload !== null) return parseResultLine(payload);
  const long = await lastOversized(runId);
  const line = long && (await readLogRange(path.join(place.log, 'out.log'), long));
  return line ? parseResultLine(line.toString('utf8')) : null;
}

async function describeEnding(end: WatchedEnd, result: ResultLine | null, place: RunPlace): Promise<Omit<RunEnding, 'stopRequestedBy' | 'outOfMemory'>> {
  const exit = end.kind === 'exited' ? end.exit : null;
  return {
    kind: exit?.problem ? 'process-gone' : end.kind, // an exit file that nobody can read tells nothing
    stage: exit?.stage ?? null,
    exitCode: exit?.exitCode ?? null,
    signal: exit?.signal ?? null,
    result,
    lastError: await readLastLine(path.join(place.log, 'err.log')),
  };
}

/** True when the kernel ended something of the run, or its container, for lack of memory. */
export function isOutOfMemory(end: WatchedEnd): boolean {
  if (end.kind === 'exited') return end.exit.oomKills > 0;
  return end.kind === 'container-stopped' && end.outOfMemory;
}

/** The wrapper's snapshot, masked, moved out of the container's reach. A run without one (killed, lost) has no stored diff. */
async function keepDiff(place: RunPlace, masker: Masker): Promise<z.infer<typeof changesSchema>> {
  const patch = await readExchangeFile(path.join(place.exchange, 'diff.patch'), MAX_PATCH_BYTES);
  if (patch) await writeFile(path.join(place.log, 'diff.patch'), masker.maskWhole(patch));
  const changes = await readExchangeFile(path.join(place.exchange, 'changes.json'), MAX_PATCH_BYTES);
  const parsed = changes && changesSchema.safeParse(parseJson(masker.maskWhole(changes).toString('utf8')));
  return parsed?.success ? parsed.data : { files: [], truncated: false };
}

async function readBase(place: RunPlace): Promise<string | null> {
  const base = (await readExchangeFile(path.join(place.exchange, 'base'), 128))?.toString('latin1').trim();
  return base && /^[0-9a-f]{40,64}$/.test(base) ? base : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // written by the container: anything may be in it
  }
}
