import { and, eq, inArray } from 'drizzle-orm';
import { isFinal, startRunInput, type ResumeRunInput, type RunView } from '@/contract/run';
import { workspaceLimitsSchema } from '@/contract/workspace';
import type { DatabaseOrTransaction } from '@/db/client';
import { runs } from '@/db/schema';
import { database } from '@/server/database';
import { bytesInWords } from '@/server/deployment/bytes-in-words';
import { AnyonError } from '@/server/errors';
import type { RunAccess } from '@/server/runs/access';
import { GO_ON_PROMPT } from '@/server/runs/claude-beginning';
import { assertSessionExists } from '@/server/runs/claude-session';
import { liveRunStatuses, type RunRow } from '@/server/runs/run-status';
import { assertMayBegin, queueRun } from '@/server/runs/start-run';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { changeWorkspace } from '@/server/workspaces/change-workspace';

/**
 * Goes on with a run that has ended: a new run that continues the same Claude session in the same worktree and branch. With
 * `memoryBytes` its workspace is given more memory first, at once. Throws `precondition` when there is nothing to go on with
 * and `conflict` while another run is at work in the session.
 */
export async function resumeRun(access: RunAccess, input: Omit<ResumeRunInput, 'runId'>): Promise<RunView> {
  const { run, workspace } = access;
  if (!isFinal(run.status)) throw new AnyonError('conflict', `Run #${run.number} is still on. Stop it first, or wait for its end.`);
  await assertMayBegin(workspace);
  await assertSessionExists(run);
  await assertNobodyIsInIt(database(), run);
  if (input.memoryBytes !== undefined) await giveMemory(access, input.memoryBytes);
  return queueRun(
    access,
    input.prompt ?? GO_ON_PROMPT,
    () => ({ ...pickSteering(run), model: knownModel(run), branch: run.branch, claudeSessionId: run.claudeSessionId, resumesRunId: run.id }),
    (transaction) => assertNobodyIsInIt(transaction, run),
  );
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

/** What a run that goes on takes over from the one before it. */
function pickSteering({ permissionMode, maxTurns, budgetUsd }: RunRow): Pick<RunRow, 'permissionMode' | 'maxTurns' | 'budgetUsd'> {
  return { permissionMode, maxTurns, budgetUsd };
}

/** The model that the run used, by the CLI's word, which passed through the container: only a name is taken for one. */
function knownModel({ model }: RunRow): string | null {
  return startRunInput.shape.model.safeParse(model ?? undefined).data ?? null;
}

/** Two at once in one worktree would overwrite each other's work and Claude's memory of it. */
async function assertNobodyIsInIt(transaction: DatabaseOrTransaction, { workspaceId, claudeSessionId }: RunRow): Promise<void> {
  const [busy] = await transaction
    .select({ number: runs.number })
    .from(runs)
    .where(and(eq(runs.workspaceId, workspaceId), eq(runs.claudeSessionId, claudeSessionId), inArray(runs.status, liveRunStatuses)));
  if (busy) throw new AnyonError('conflict', `Run #${busy.number} is at work in this session already. Wait for its end, or stop it.`);
}
