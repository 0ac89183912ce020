import type { MaskedText } from '@/contract/masked-text';
import type { ReviewFileInput } from '@/contract/review';
import { containerEngine } from '@/server/containers/container-engine';
import { isOlderImage, olderImage } from '@/server/containers/older-image';
import { AnyonError } from '@/server/errors';
import type { RunAccess } from '@/server/runs/access';
import { baseOf, worktreeOf } from '@/server/runs/review/review-place';
import { hasProcess } from '@/server/runs/review/run-diff';
import { textOfMasked } from '@/server/secrets/masked-text';
import { completeRunMasker } from '@/server/secrets/run-masker';
import { runningContainer } from '@/server/workspaces/checkpoints/take-checkpoints';
import { workspaceUser } from '@/server/workspaces/workspace-container';

const MAX_BYTES = 9 * 1024 * 1024;

/** The wrapper's reasons that a person can do something with. */
const reasons = {
  'too large to be shown': 'This file is too large to be shown here. Open it in a terminal.',
  'no lines of it to show': 'There are no lines of this file to show.',
  'as it was by now': 'This file is no longer part of the diff: it is what it was at the base.',
};

/** More of one file of a diff than is sent with it, masked: its changes, or all of it as it was. Throws `precondition` unless the workspace runs. */
export async function readReviewFile(access: RunAccess, { fileId, against, what }: Omit<ReviewFileInput, 'runId'>): Promise<MaskedText> {
  const { run, workspace } = access;
  const containerId = runningContainer(workspace, 'load this file');
  const to = hasProcess(run) ? 'now' : (run.treeAfter ?? 'now');
  const argv = ['anyon-run', 'file', await worktreeOf(run), await baseOf(access, against), to, fileId, what];
  const result = await containerEngine().exec(containerId, { argv, user: workspaceUser().text, timeoutMs: 60_000, maxOutputBytes: MAX_BYTES });
  if (isOlderImage(result.exitCode)) throw olderImage('Loading a file');
  if (result.exitCode !== 0) throw asReason(result.stderr.toString('utf8'));
  return textOfMasked((await completeRunMasker(run.id)).maskWhole(result.stdout));
}

function asReason(words: string): AnyonError {
  const known = Object.entries(reasons).find(([part]) => words.includes(part));
  return known ? new AnyonError('precondition', known[1]) : new AnyonError('unavailable', 'The file cannot be read at this moment. Its repository may have been changed or removed; try again in a few seconds.');
}
