import { randomUUID } from 'node:crypto';
import type { RetryRunInput } from '@/contract/follow-up';
import type { RunView } from '@/contract/run';
import { AnyonError } from '@/server/errors';
import type { RunAccess } from '@/server/runs/access';
import { lookAtSession } from '@/server/runs/claude-session';
import { knownModel } from '@/server/runs/next-run';
import { hasHistory } from '@/server/runs/retry-beginning';
import { assertMayBegin, branchOf, queueRun } from '@/server/runs/start-run';

/**
 * Starts again from the beginning of a run, with the same prompt or another one: a new conversation in a worktree and branch of its own,
 * with the files as they were then and a Claude that knows what was said before that run and nothing after. What the run and those after it
 * have done stays as it is. Throws `precondition` when what was said before is not there any more.
 */
export async function retryRun(access: RunAccess, input: Omit<RetryRunInput, 'runId'>): Promise<RunView> {
  const { run, workspace } = access;
  await assertMayBegin(workspace);
  if ((await hasHistory(run)) && !(await lookAtSession(run)).hasTranscript) {
    throw new AnyonError('precondition', `What was said before run #${run.number} is not there any more, so it cannot be started again. Start another run.`);
  }
  return queueRun(access, input.prompt ?? run.prompt, (id, number) => ({
    model: input.model ?? knownModel(run),
    permissionMode: input.permissionMode ?? run.permissionMode,
    maxTurns: run.maxTurns,
    budgetUsd: run.budgetUsd,
    branch: branchOf(id, number),
    claudeSessionId: randomUUID(),
    retriesRunId: run.id,
  }));
}
