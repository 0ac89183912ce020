import type { DiffBase } from '@/contract/review';
import { AnyonError } from '@/server/errors';
import type { RunAccess } from '@/server/runs/access';
import { firstRunOf } from '@/server/runs/claude-session';
import { conversationBase, lastRebase } from '@/server/runs/review/conversation-bases';
import { reportedTrees } from '@/server/runs/review/reported-trees';
import { runPlace } from '@/server/runs/run-place';
import type { RunRow } from '@/server/runs/run-status';
import type { WorktreeUse } from '@/server/workspaces/worktree-lease';

/** The working tree of a run, by the name that the wrapper knows it by. All runs of a conversation share it. */
export async function worktreeOf(run: RunRow): Promise<string> {
  return `worktrees/${await firstRunOf(run)}`;
}

/** The commit that a diff of the run begins at. Throws `precondition` when nobody knows it (any more). */
export async function baseOf({ run }: RunAccess, against: DiffBase): Promise<string> {
  const base = (against === 'conversation' ? await conversationBase(run) : null) ?? run.treeBefore ?? (await reportedTrees(runPlace(run))).before ?? run.baseCommit;
  if (base === null) throw new AnyonError('precondition', `Where run #${run.number} began is not known: it has not begun, or its files are gone.`);
  return base;
}

/**
 * The commit at which a file is put back. The files are those of after every rebase, so what was before one would take the base branch's own changes
 * away again: of the conversation it is where it begins now, and of a later run nobody knows it any more (`precondition`).
 */
export async function baseToPutBack(access: RunAccess, against: DiffBase): Promise<string> {
  const { run } = access;
  const rebase = await lastRebase(run);
  if (rebase === null || (against === 'run' && rebase.number < run.number)) return baseOf(access, against);
  if (against === 'conversation' || (await firstRunOf(run)) === run.id) return rebase.onto;
  throw new AnyonError('precondition', `The work was rebased after run #${run.number} had begun, so what the file was then does not fit any more. Put it back to where the conversation began, or ask Claude.`);
}

/** For whoever changes the files of the conversation. */
export async function worktreeUse({ run, actor }: RunAccess): Promise<WorktreeUse> {
  return { workspaceId: run.workspaceId, firstRunId: await firstRunOf(run), runId: run.id, userId: actor.userId };
}
