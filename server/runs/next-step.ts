import { waitsForWorkspace } from '@/server/runs/parked-workspace';
import type { RunRow } from '@/server/runs/run-status';

type Shown = Pick<RunRow, 'status' | 'statusReason' | 'outOfMemory' | 'attempt' | 'limitReached' | 'parkedFor' | 'parkedUntil'>;

/** What comes next for a run, and by whom, in a sentence; null when nothing does. */
export function nextStepOf(row: Shown): string | null {
  const { status, statusReason, outOfMemory, attempt } = row;
  switch (status) {
    case 'queued':
      if (statusReason) return 'It starts by itself. Stop runs or workspaces that nobody needs to make room sooner, or stop this one.';
      if (attempt > 1) return 'It goes on when the worker takes it up, usually within a second.';
      return 'It starts when the worker takes it up, usually within a second.';
    case 'starting':
      return attempt > 1 ? 'Claude Code is being started again where it stopped.' : 'Claude Code is being started in its own worktree.';
    case 'running':
      return 'You can close this page; the run goes on.';
    case 'stopping':
      return 'It is stopped when no process of it is left.';
    case 'needs_you':
      return 'It goes on when you answer.';
    case 'parked':
      return afterParking(row);
    case 'interrupted':
    case 'lost':
    case 'failed':
      if (outOfMemory) return 'Give the workspace more memory and resume the run: Claude goes on where it was.';
      if (row.limitReached) return 'Resume it, with a higher limit where that is wanted: Claude goes on where it was.';
      return 'Read the end of the log, then resume it or start another run.';
    case 'stopped':
    case 'succeeded':
      return null;
  }
}

function afterParking(row: Shown): string {
  if (waitsForWorkspace(row)) return 'Start the workspace, and the run goes on by itself.';
  if (row.parkedFor === null) return 'It goes on by itself as soon as it can.';
  if (row.parkedFor === 'usage_limit') return row.parkedUntil && row.parkedUntil > new Date() ? 'It goes on by itself when the limit resets.' : 'It goes on by itself as soon as it can.';
  if (row.parkedFor === 'claude_unreachable') return 'It tries again by itself, in the same Claude session.';
  const service = row.parkedFor === 'github_sign_in' ? 'GitHub' : 'Claude';
  return `Sign in to ${service} again under Settings → Connections; it goes on by itself then.`;
}
