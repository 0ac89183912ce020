import type { CheckpointView } from '@/contract/checkpoint';
import { AnyonError } from '@/server/errors';
import type { RunAccess } from '@/server/runs/access';
import { worktreeUse, worktreeOf } from '@/server/runs/review/review-place';
import { askForRestore } from '@/server/workspaces/checkpoints/ask-for-restore';
import { withWorktree } from '@/server/workspaces/worktree-lease';

/**
 * Makes the files of the worktree what they were when that run of the conversation ended, and returns the checkpoint of what they were
 * before. Branch and staged changes stay, and so do ignored files. Throws `precondition` when nothing was kept of that end, `conflict`
 * while a run is at work there.
 */
export async function restoreRun(access: RunAccess): Promise<CheckpointView> {
  const { run, workspace } = access;
  const { treeAfter } = run;
  if (treeAfter === null) throw new AnyonError('precondition', `The files of run #${run.number} were not kept at its end, so there is nothing to restore.`);
  const argv = ['restore', await worktreeOf(run), treeAfter] as const;
  return withWorktree(await worktreeUse(access), 'restore', () => askForRestore(workspace, { argv, what: 'Restoring the files', purpose: 'restore files' }));
}
