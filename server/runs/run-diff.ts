import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { MaskedText } from '@/contract/masked-text';
import { isFinal, type RunDiff } from '@/contract/run';
import { containerEngine } from '@/server/containers/container-engine';
import { AnyonError } from '@/server/errors';
import type { RunAccess } from '@/server/runs/access';
import { attemptId, runPlace } from '@/server/runs/run-place';
import { maskedBefore, plainWords, textOfMasked } from '@/server/secrets/masked-text';
import { runMasker } from '@/server/secrets/run-masker';
import { workspaceUser } from '@/server/workspaces/workspace-container';

const MAX_PATCH_BYTES = 8 * 1024 * 1024;

/**
 * What the run has changed against its base commit, masked, at most 8 MiB. Of a run at work it is read from the worktree this
 * moment; of one that is over, parked or about to go on it is what was kept last, so it is there when the container is not.
 */
export async function readRunDiff(access: RunAccess): Promise<RunDiff> {
  const { run } = access;
  if (!isFinal(run.status) && !waits(run)) return liveDiff(access);
  const patch = await keptPatch(path.join(runPlace(run).log, 'diff.patch'));
  return { patch, truncated: run.diffTruncated, live: false, baseCommit: run.baseCommit };
}

/** Claude has been at work and is not now. */
function waits({ status, attempt }: RunAccess['run']): boolean {
  return status === 'parked' || (attempt > 1 && (status === 'queued' || status === 'starting'));
}

async function keptPatch(file: string): Promise<MaskedText> {
  try {
    return textOfMasked(maskedBefore(await readFile(file)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return plainWords('');
    throw error;
  }
}

async function liveDiff({ run }: RunAccess): Promise<RunDiff> {
  const nothing: RunDiff = { patch: plainWords(''), truncated: false, live: true, baseCommit: null };
  if (!run.containerId || run.status === 'queued' || run.status === 'starting') return nothing;
  const command = { argv: ['anyon-run', 'diff', attemptId(run)], user: workspaceUser().text, timeoutMs: 20_000, maxOutputBytes: MAX_PATCH_BYTES };
  const result = await containerEngine().exec(run.containerId, command);
  if (result.exitCode !== 0) throw new AnyonError('unavailable', 'The diff cannot be read at this moment. Try again in a few seconds.');
  return { ...nothing, patch: textOfMasked((await runMasker(run.id)).maskWhole(result.stdout)), truncated: result.truncated };
}
