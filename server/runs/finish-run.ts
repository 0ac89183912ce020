import path from 'node:path';
import { eq } from 'drizzle-orm';
import type { MaskedText } from '@/contract/masked-text';
import { workspaces } from '@/db/schema';
import { raiseAlert } from '@/server/alerts/raise-alert';
import { database } from '@/server/database';
import { log } from '@/server/log';
import { findResult, usageWith } from '@/server/runs/attempt-result';
import { clearAttempt } from '@/server/runs/clear-attempt';
import { goOnAtOnce } from '@/server/runs/go-on';
import { judgeParking, parkReasonOf, type Parking } from '@/server/runs/judge-parking';
import { judgeRun, limitOf, type RunEnding, type Verdict } from '@/server/runs/judge-run';
import { readLastLine } from '@/server/runs/log-file';
import { parkRun } from '@/server/runs/park-run';
import { MOST_PARKS_IN_A_ROW, parksInARow } from '@/server/runs/parks-in-a-row';
import { noteAttemptEnd, type RunAttempt } from '@/server/runs/run-attempt';
import type { ResultLine } from '@/server/runs/result-line';
import { keepDiffs } from '@/server/runs/review/kept-diff';
import { treeColumns } from '@/server/runs/review/reported-trees';
import { runPlace, type RunPlace } from '@/server/runs/run-place';
import { moveRun, type RunMove, type RunRow } from '@/server/runs/run-status';
import { stoppedBy } from '@/server/runs/stopped-by';
import { readStreamEvidence } from '@/server/runs/stream-evidence';
import { endNotices } from '@/server/runs/watchdog/notices';
import { watchdogVerdict } from '@/server/runs/watchdog/watchdog-verdict';
import type { WatchedEnd } from '@/server/runs/watch-run';
import type { Masker } from '@/server/secrets/mask';
import { runMasker } from '@/server/secrets/run-masker';

/** What the row keeps of Claude's last words; the log has all of them. */
const MAX_RESULT_CHARACTERS = 256 * 1024;

/** What the collector saw, when all of it is on disk. */
export interface CollectedLog {
  outBytes: number;
  errBytes: number;
  tampered: boolean;
}

/**
 * Turns the end of an attempt into its run's final row, or parks the run: keeps the masked diff, reads the result, judges, and
 * moves: only after the last byte of the log is stored. Everything before the move is safe to repeat; the raw files go last.
 */
export async function finishRun(run: RunRow, attempt: RunAttempt, end: WatchedEnd, collected: CollectedLog, { stopRequestedBy, outOfMemory }: Pick<RunEnding, 'stopRequestedBy' | 'outOfMemory'>): Promise<void> {
  const place = runPlace(run);
  const masker = await runMasker(run.id);
  const changes = await keepDiffs(place, masker);
  const result = await findResult(run.id, { from: attempt.outStart });
  const usage = await usageWith(run, attempt, result);
  const limits = { maxTurns: run.maxTurns, budgetUsd: run.budgetUsd, costUsd: run.simulated ? (result?.usage?.costUsd ?? null) : usage.costUsd };
  const ending: RunEnding = { ...(await describeEnding(end, result, place)), stopRequestedBy, outOfMemory, limits };
  const set: NonNullable<RunMove['set']> = {
    ...usage,
    outBytes: collected.outBytes,
    errBytes: collected.errBytes,
    logTampered: run.logTampered || collected.tampered,
    ...changes,
    ...(await treeColumns(run, place)),
  };
  const parking = await parkingOf(run, attempt, ending);
  if (parking && 'for' in parking) {
    const parked = await parkRun(run, parking, set);
    if (parked) return afterParking(parked);
    ending.stopRequestedBy = await stoppedBy(run); // it was asked for meanwhile
  }
  const verdict = parking && !('for' in parking) ? parking : judgeRun(ending);
  const limitReached = verdict.status === 'failed' ? limitOf(result) : null;
  const final = { limitReached, exitCode: ending.exitCode, exitSignal: ending.signal, outOfMemory: outOfMemory !== null, resultText: result?.text ? masker.maskText(result.text.slice(0, MAX_RESULT_CHARACTERS)) : null };
  if (!(await endRun(run, { ...verdict, reason: maskedWords(masker, verdict.reason) }, { ...set, ...final }))) return; // taken over: the new owner finishes it, and still needs the raw files
  log().info({ runId: run.id, status: verdict.status, outBytes: collected.outBytes }, 'run: over');
  await clearAttempt(run);
}

/** One that waits for nothing goes on at once. A worker that dies before that leaves it to the look at what is parked. */
async function afterParking(run: RunRow): Promise<void> {
  await clearAttempt(run);
  if (run.parkedFor !== null) return;
  const [workspace] = await database().select().from(workspaces).where(eq(workspaces.id, run.workspaceId));
  if (workspace) await goOnAtOnce(run, workspace);
}

/** Moves the run to its end, and says so to its person when it has failed. False when another worker has it. */
export async function endRun(run: RunRow, { status, reason }: Verdict, set: NonNullable<RunMove['set']> = {}): Promise<boolean> {
  return database().transaction(async (transaction) => {
    const moved = await moveRun(transaction, run.id, { to: status, reason, fence: run.fence, set: { ...set, finishedAt: new Date() } });
    if (!moved) return false;
    await noteAttemptEnd(transaction, run, null);
    await endNotices(transaction, run.id);
    const link = `/workspaces/${run.workspaceId}/runs/${run.id}`;
    const alert = { kind: 'run_failed', severity: 'warning', key: `run_failed:${run.id}`, userId: run.startedById, link } as const;
    if (status === 'failed') await raiseAlert(transaction, { ...alert, title: `Run #${run.number} failed`, body: reason ?? 'Read the end of its log.' });
    return true;
  });
}

/** Parsing has undone the escapes of JSON since the log was masked, and with them those of a secret that stood in it in pieces. */
function maskedWords(masker: Masker, words: string | null | undefined): MaskedText | null {
  return words ? masker.maskText(words) : null;
}

/** Null when its end is the run's own; a verdict when it has been parked too often for anything to come of it. */
async function parkingOf(run: RunRow, attempt: RunAttempt, ending: RunEnding): Promise<Parking | Verdict | null> {
  if (ending.stopRequestedBy) return null;
  const evidence = await readStreamEvidence(run.id, { from: attempt.outStart });
  const reason = parkReasonOf(ending, evidence);
  if (!reason) return watchdogVerdict(run, ending);
  const times = await parksInARow(run, attempt, reason);
  const parking = judgeParking(ending, evidence, times, new Date());
  if (!parking || times < MOST_PARKS_IN_A_ROW) return parking;
  return { status: 'failed', reason: `${parking.reason} Claude Code was started ${times} times in a row and got no answer; the run is given up.` };
}

async function describeEnding(end: WatchedEnd, result: ResultLine | null, place: RunPlace): Promise<Omit<RunEnding, 'stopRequestedBy' | 'outOfMemory' | 'limits'>> {
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
