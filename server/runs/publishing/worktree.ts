import { isFinal } from '@/contract/run';
import type { PublishState } from '@/contract/publishing';
import { database } from '@/server/database';
import type { RunAccess } from '@/server/runs/access';
import { lookAtSession } from '@/server/runs/claude-session';
import { newestRunOf } from '@/server/runs/next-run';
import type { RunRow } from '@/server/runs/run-status';
import { variantObstacle } from '@/server/workspaces/open-variant';

/** The worktree that the runs of a conversation share, as those see it who commit and push from it. */
export interface Worktree {
  firstRunId: string;
  /** Its name for the wrapper. */
  name: string;
  /** Null while nothing can be done in it. */
  containerId: string | null;
  newest: RunRow;
  closedBecause: string | null;
  remedy: PublishState['remedy'];
}

/** Where the conversation of this run works, and whether somebody else may do something there now. */
export async function worktreeOf({ run, workspace }: Pick<RunAccess, 'run' | 'workspace'>): Promise<Worktree> {
  const [{ firstRunId, hasWorktree }, newest, obstacle] = await Promise.all([lookAtSession(run), newestRunOf(database(), run), variantObstacle(database(), run)]);
  const closed = (closedBecause: string, remedy: Worktree['remedy'] = null): Worktree => ({ firstRunId, name: `worktrees/${firstRunId}`, containerId: null, newest, closedBecause, remedy });
  if (obstacle !== null) return closed(obstacle);
  if (!hasWorktree) return closed(isFinal(newest.status) ? 'The worktree of this conversation does not exist any more.' : 'The run has not begun: it has no worktree yet.');
  if (workspace.status !== 'running' || workspace.containerId === null) return closed('The workspace does not run. Start it to commit, push or rebase; its files are kept.', 'start_workspace');
  const open = { ...closed(''), containerId: workspace.containerId, closedBecause: null };
  // Of a run that waits between two attempts, or for an answer, the worktree is as much in use as of one at work.
  return isFinal(newest.status) ? open : { ...open, closedBecause: `Run #${newest.number} is at work in these files. Wait for its end, or stop it.` };
}
