import { isFinal, type RunStatus } from '@/contract/run';
import type { WorkspaceStatus } from '@/contract/workspace';
import type { users } from '@/db/schema';
import type { FollowUpRow } from '@/server/runs/follow-ups/follow-up-queue';
import type { RunRow } from '@/server/runs/run-status';
import { mayUse } from '@/server/workspaces/access';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

/** The first follow-up of a conversation, with all that decides whether it may start. */
export interface FirstInQueue {
  followUp: FollowUpRow;
  /** The newest run of the conversation. */
  run: RunRow;
  workspace: WorkspaceRow;
  author: typeof users.$inferSelect;
}

const ended: Partial<Record<RunStatus, string>> = {
  failed: 'failed',
  stopped: 'was stopped',
  interrupted: 'was interrupted',
  lost: 'was lost',
};

const workspaceHelp: Partial<Record<WorkspaceStatus, string>> = {
  creating: 'It starts when the workspace is ready.',
  unknown: 'It starts when Docker answers again.',
  unhealthy: 'It starts when the workspace runs again.',
  stopped: 'Start the workspace, and the queue goes on by itself.',
};

/** Why a follow-up does not start although the run before it is over, and what helps; null when nothing that the rows know is in its way. */
export function followUpObstacle({ followUp, run, workspace, author }: FirstInQueue): string | null {
  if (!isFinal(run.status)) return null;
  if (author.disabledAt) return `${author.login}, who wrote it, is disabled. It starts when an admin enables them again; or cancel it and write it yourself.`;
  if (!mayUse({ userId: author.id, role: author.role }, workspace)) return `${author.login}, who wrote it, may not use this workspace any more. Cancel it, and write it yourself.`;
  if (run.status !== 'succeeded' && !followUp.anyway) return `Run #${run.number} ${ended[run.status] ?? run.status}, so what follows waits. Go on with the queue, or resume the run first.`;
  if (workspace.status !== 'running') return `The workspace is ${workspace.status}. ${workspaceHelp[workspace.status] ?? 'It takes no more runs.'}`;
  return null;
}
