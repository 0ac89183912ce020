import { eq } from 'drizzle-orm';
import type { DiffBase, RunDiff } from '@/contract/review';
import { isFinal } from '@/contract/run';
import { runs } from '@/db/schema';
import { containerEngine } from '@/server/containers/container-engine';
import { isOlderImage, olderImage } from '@/server/containers/older-image';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { RunAccess } from '@/server/runs/access';
import { MAX_PATCH_BYTES, parseFileList, readKeptDiff } from '@/server/runs/review/kept-diff';
import { attemptId, runPlace } from '@/server/runs/run-place';
import type { RunRow } from '@/server/runs/run-status';
import { plainWords, textOfMasked } from '@/server/secrets/masked-text';
import { runMasker } from '@/server/secrets/run-masker';
import { workspaceUser } from '@/server/workspaces/workspace-container';

const MAX_LIST_BYTES = 8 * 1024 * 1024;

/**
 * What has changed since the run began, or since its conversation began, masked, at most 8 MiB. Of a run at work it is read from the
 * worktree this moment; of one that is over, parked or about to go on it is what was kept last, so it is there when the container is not.
 */
export async function readRunDiff(access: RunAccess, against: DiffBase = 'run'): Promise<RunDiff> {
  if (!hasProcess(access.run)) return keptDiff(access.run, against);
  try {
    return await liveDiff(access, against);
  } catch (error) {
    const run = await currentRow(access.run); // it may have ended while it was looked at
    if (run && !hasProcess(run)) return keptDiff(run, against);
    throw error;
  }
}

async function keptDiff(run: RunRow, against: DiffBase): Promise<RunDiff> {
  const kept = await readKeptDiff(runPlace(run), against);
  return { ...kept, truncated: kept.truncated || (against === 'run' && run.diffTruncated), live: false, baseCommit: run.baseCommit };
}

async function currentRow({ id }: RunRow): Promise<RunRow | undefined> {
  const [row] = await database().select().from(runs).where(eq(runs.id, id));
  return row;
}

/** False before Claude has begun, and while it waits: then nothing changes by itself. */
export function hasProcess({ status, attempt }: RunAccess['run']): boolean {
  return !isFinal(status) && status !== 'parked' && !(attempt > 1 && (status === 'queued' || status === 'starting'));
}

async function liveDiff({ run }: RunAccess, against: DiffBase): Promise<RunDiff> {
  const nothing: RunDiff = { files: [], patch: plainWords(''), truncated: false, live: true, baseCommit: null };
  if (!run.containerId || run.status === 'queued' || run.status === 'starting') return nothing;
  const command = { argv: ['anyon-run', 'diff', attemptId(run), against], user: workspaceUser().text, timeoutMs: 30_000, maxOutputBytes: MAX_PATCH_BYTES + MAX_LIST_BYTES };
  const result = await containerEngine().exec(run.containerId, command);
  if (isOlderImage(result.exitCode)) throw olderImage('The diff');
  if (result.exitCode !== 0) throw new AnyonError('unavailable', 'The diff cannot be read at this moment. Try again in a few seconds.');
  const masker = await runMasker(run.id);
  const end = result.stdout.indexOf('\n') + 1; // a line about the files, then the patch
  const list = parseFileList(result.stdout.subarray(0, end), masker) ?? { files: [], truncated: true };
  return { ...nothing, ...list, patch: textOfMasked(masker.maskWhole(result.stdout.subarray(end))), truncated: list.truncated || result.truncated };
}
