import type { ParkReason } from '@/contract/run';
import { lastAttempts, type RunAttempt } from '@/server/runs/run-attempt';
import type { RunRow } from '@/server/runs/run-status';
import { hasTurn } from '@/server/runs/stream-evidence';

/** A run that was parked for the same reason so often without an answer of Claude's between has failed. */
export const MOST_PARKS_IN_A_ROW = 20;

/** How often in a row a run is parked for this reason without a turn of Claude's, counting the attempt that ends now. */
export async function parksInARow(run: Pick<RunRow, 'id' | 'attempt'>, { outStart }: Pick<RunAttempt, 'outStart'>, reason: ParkReason): Promise<number> {
  if (await hasTurn(run.id, { from: outStart })) return 1;
  let count = 1;
  let to = outStart;
  for (const attempt of await lastAttempts(run.id, MOST_PARKS_IN_A_ROW)) {
    if (attempt.number >= run.attempt) continue;
    if (attempt.reason !== reason) break;
    count++;
    if (await hasTurn(run.id, { from: attempt.outStart, to })) break;
    to = attempt.outStart;
  }
  return count;
}
