import { randomUUID } from 'node:crypto';
import type { RetryRunInput } from '@/contract/follow-up';
import type { RunView } from '@/contract/run';
import { AnyonError } from '@/server/errors';
import type { RunAccess } from '@/server/runs/access';
import { lookAtSession } from '@/server/runs/claude-session';
import { knownModel } from '@/server/runs/next-run';
import { hasHistory } from '@/server/runs/retry-beginning';
import { promptForClaude } from '@/server/runs/run-prompt';
import { assertMayBegin, branchOf, queueRun } from '@/server/runs/start-run';

/**
 * Starts again from the beginning of a run, with the same prompt or another one: a new conversation in a worktree and branch of its own,
 * with the files as they were then and a Claude that knows what was said before that run and nothing after. What the run and those after it
 * have done stays as it is. Throws `precondition` when what was said before is not there any more, or what was masked in the prompt.
 */
export async function retryRun(access: RunAccess, input: Omit<RetryRunInput, 'runId'>): Promise<RunView> {
  const { run, workspace } = access;
  await assertMayBegin(workspace);
  if ((await hasHistory(run)) && !(await lookAtSession(run)).hasTranscript) {
    throw new AnyonError('precondition', `What was said before run #${run.number} is not there any more, so it cannot be started again. Start another run.`);
  }
  return queueRun(access, promptToRetry(access, input.prompt), (id, number) => ({
    model: input.model ?? knownModel(run),
    permissionMode: input.permissionMode ?? run.permissionMode,
    maxTurns: run.maxTurns,
    budgetUsd: run.budgetUsd,
    branch: branchOf(id, number),
    claudeSessionId: randomUUID(),
    retriesRunId: run.id,
  }));
}

/** The words that Claude is told this time. What was masked in the old ones is known only while that run is on, and only its own person may use it again. */
function promptToRetry({ actor, run }: RunAccess, words: string | undefined): string {
  if (words !== undefined && words !== run.prompt) return words;
  if (!run.promptMasked) return run.prompt;
  if (run.sealedPrompt === null) throw new AnyonError('precondition', `Parts of the prompt of run #${run.number} were masked and are not kept. Put them in again where the stars are.`);
  if (run.startedById !== actor.userId) throw new AnyonError('precondition', `Parts of the prompt of run #${run.number} were masked, and only the person who started it may use them again. Put in your own where the stars are.`);
  return promptForClaude(run);
}
