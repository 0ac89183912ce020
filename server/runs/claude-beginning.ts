import { lookAtSession } from '@/server/runs/claude-session';
import { promptForClaude } from '@/server/runs/run-prompt';
import type { RunRow } from '@/server/runs/run-status';

/** Said to Claude when nobody says anything else. */
export const GO_ON_PROMPT = 'Go on where you stopped.';

/** How Claude Code is started for an attempt of a run. */
export interface ClaudeBeginning {
  /** The run whose worktree and files of Claude's own it works in. */
  firstRunId: string;
  /** With `--resume`: there is a conversation. Else the session begins with this start. */
  resumes: boolean;
  prompt: string;
  /** False where the worktree is there already. */
  makesWorktree: boolean;
}

/**
 * The first attempt of a run begins a session, or goes on with that of the run it resumes. A later one goes on where the one before
 * stopped; only when that one ended before the CLI had written anything down is the run's own prompt given again.
 */
export async function beginningOf(run: RunRow): Promise<ClaudeBeginning> {
  const { firstRunId, hasWorktree, hasTranscript } = await lookAtSession(run);
  if (run.attempt === 1) return { firstRunId, resumes: firstRunId !== run.id, prompt: promptForClaude(run), makesWorktree: firstRunId === run.id };
  return { firstRunId, resumes: hasTranscript, prompt: hasTranscript ? GO_ON_PROMPT : promptForClaude(run), makesWorktree: !hasWorktree };
}
