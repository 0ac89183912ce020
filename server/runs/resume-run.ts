import { isFinal, type ResumeRunInput, type RunView } from '@/contract/run';
import { workspaceLimitsSchema } from '@/contract/workspace';
import { database } from '@/server/database';
import { bytesInWords } from '@/server/deployment/bytes-in-words';
import { AnyonError } from '@/server/errors';
import { requireRunAccess, type RunAccess } from '@/server/runs/access';
import { GO_ON_PROMPT } from '@/server/runs/claude-beginning';
import { assertSessionExists } from '@/server/runs/claude-session';
import { lockNewestRun, newestRunOf, nextRunAfter } from '@/server/runs/next-run';
import { getRun } from '@/server/runs/run-queries';
import type { RunRow } from '@/server/runs/run-status';
import { assertMayBegin, holdWorkspace, insertRun, prepareRun } from '@/server/runs/start-run';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { changeWorkspace } from '@/server/workspaces/change-workspace';

/**
 * Goes on with a conversation whose newest run has ended: a new run that continues the same Claude session in the same worktree and
 * branch. With `memoryBytes` its workspace is given more memory first, at once; with `limits` the new run has these, and so have those after
 * it that are not told others. Throws `precondition` when there is nothing to go on with and `conflict` while a run is at work in the session.
 */
export async function resumeRun(access: RunAccess, input: Omit<ResumeRunInput, 'runId'>): Promise<RunView> {
  const { actor, run, workspace } = access;
  if (!isFinal(run.status)) throw new AnyonError('conflict', `Run #${run.number} is still on. Stop it first, or wait for its end.`);
  await assertMayBegin(workspace);
  await assertSessionExists(run);
  assertNobodyIsInIt(await newestRunOf(database(), run));
  if (input.memoryBytes !== undefined) await giveMemory(access, input.memoryBytes);
  const prepared = await prepareRun(actor.userId, input.prompt ?? GO_ON_PROMPT);
  await database().transaction(async (transaction) => {
    await holdWorkspace(transaction, workspace.id);
    const before = await lockNewestRun(transaction, run);
    assertNobodyIsInIt(before);
    await insertRun(transaction, workspace.id, prepared, () => nextRunAfter(before, { limits: input.limits ?? null }));
  });
  return getRun(await requireRunAccess(actor, prepared.id));
}

/** Raises the limit of the workspace, live; the rest of its limits stays. */
async function giveMemory({ actor, workspace }: RunAccess, memoryBytes: number): Promise<void> {
  if (memoryBytes === workspace.memoryBytes) return;
  if (memoryBytes < workspace.memoryBytes) {
    throw new AnyonError('invalid', `The workspace has ${bytesInWords(workspace.memoryBytes)} of memory already. To give it less, change its limits.`);
  }
  const limits = workspaceLimitsSchema.safeParse({ ...workspace, memoryBytes });
  if (!limits.success) throw new AnyonError('invalid', limits.error.issues[0]?.message ?? 'These are not limits that a workspace can have.');
  await changeWorkspace(await requireWorkspaceAccess(actor, workspace.id), { limits: limits.data });
}

/** Two at once in one worktree would overwrite each other's work and Claude's memory of it. */
function assertNobodyIsInIt({ status, number }: RunRow): void {
  if (!isFinal(status)) throw new AnyonError('conflict', `Run #${number} is at work in this session already. Wait for its end, or stop it.`);
}
