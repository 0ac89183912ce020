import type { ForkedSession } from '@/server/containers/detached-command';
import { lookAtSession } from '@/server/runs/claude-session';
import { retryBeginning, type RetryPlace } from '@/server/runs/retry-beginning';
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
  /** Where a new worktree begins; absent: at what is checked out in the repository. */
  place?: RetryPlace;
  /** The conversation that this one begins with. */
  session?: ForkedSession | null;
}

/**
 * The first attempt of a run begins a session, goes on with that of the run it resumes, or begins where the run began that it retries.
 * A later one goes on where the one before stopped; only when Claude has not heard the run's own prompt yet is that given again.
 */
export async function beginningOf(run: RunRow): Promise<ClaudeBeginning> {
  const { firstRunId, hasWorktree, hasTranscript } = await lookAtSession(run);
  const isFirst = run.attempt === 1;
  const begins = firstRunId === run.id;
  const makesWorktree = isFirst ? begins : !hasWorktree;
  const retried = begins && run.retriesRunId !== null && (isFirst || !hasTranscript || !hasWorktree) ? await retryBeginning(run) : null;
  const session = isFirst || !hasTranscript ? (retried?.session ?? null) : null;
  const hasConversation = isFirst ? !begins : hasTranscript;
  // The CLI answers with its first line when it has read its input; before that nothing of the prompt is in the conversation.
  const hasHeard = !isFirst && hasTranscript && run.outBytes > 0;
  return {
    firstRunId,
    resumes: hasConversation || session !== null,
    prompt: hasHeard ? GO_ON_PROMPT : promptForClaude(run),
    makesWorktree,
    ...(retried && { place: retried.place }),
    session,
  };
}
