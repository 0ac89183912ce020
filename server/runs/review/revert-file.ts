import type { CheckpointView } from '@/contract/checkpoint';
import type { RevertFileInput } from '@/contract/review';
import type { RunAccess } from '@/server/runs/access';
import { baseToPutBack, worktreeUse, worktreeOf } from '@/server/runs/review/review-place';
import { askForRestore } from '@/server/workspaces/checkpoints/ask-for-restore';
import { withWorktree } from '@/server/workspaces/worktree-lease';

/**
 * Makes one file of the worktree what it was at the base, and returns the checkpoint of what all files were before. Throws `conflict`
 * while a run is at work there, when the file is what it was already, or when something else stands in its place.
 */
export async function revertFile(access: RunAccess, { fileId, against }: Omit<RevertFileInput, 'runId'>): Promise<CheckpointView> {
  const argv = ['revert', await worktreeOf(access.run), await baseToPutBack(access, against), fileId] as const;
  return withWorktree(await worktreeUse(access), 'restore', () => askForRestore(access.workspace, { argv, what: 'Putting the file back', purpose: 'put a file back' }));
}
