import { randomUUID } from 'node:crypto';
import { eq, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { RunView, StartRunInput } from '@/contract/run';
import type { WorkspaceStatus } from '@/contract/workspace';
import type { DatabaseOrTransaction } from '@/db/client';
import { runs, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { assertFreeSpace } from '@/server/deployment/free-space';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';
import { enqueueRun } from '@/server/queue/queue';
import { requireRunAccess } from '@/server/runs/access';
import { keepPrompt } from '@/server/runs/run-prompt';
import { getRun } from '@/server/runs/run-queries';
import type { RunRow } from '@/server/runs/run-status';
import { claudeSourceFor } from '@/server/connections/claude/claude-source';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

const nextStep: Partial<Record<WorkspaceStatus, string>> = {
  creating: 'Wait until its checklist is done.',
  unknown: 'Wait until Docker answers again.',
};

/** Writes the run as `queued` together with the job that starts it, in one transaction, and answers at once. The workspace must be running. */
export async function startRun(access: WorkspaceAccess, input: Omit<StartRunInput, 'workspaceId'>): Promise<RunView> {
  await assertMayBegin(access.workspace);
  return queueRun(access, input.prompt, (id, number) => ({
    model: input.model ?? null,
    permissionMode: input.permissionMode ?? 'bypassPermissions',
    maxTurns: input.maxTurns ?? null,
    budgetUsd: input.budgetUsd ?? null,
    branch: `anyon/run-${number}-${id.slice(-6)}`,
    claudeSessionId: randomUUID(),
  }));
}

/** What is refused at the door, whichever way a run comes: a workspace that does not run, a disk that is nearly full. */
export async function assertMayBegin(workspace: WorkspaceRow): Promise<void> {
  if (workspace.status !== 'running') {
    throw new AnyonError('precondition', `The workspace is ${workspace.status}, not running. ${nextStep[workspace.status] ?? 'Start it first.'}`);
  }
  await assertFreeSpace(env().dataDir, env().ANYON_MIN_FREE_BYTES);
}

type NewRun = Pick<RunRow, 'model' | 'branch' | 'claudeSessionId' | 'permissionMode' | 'maxTurns' | 'budgetUsd'> & Partial<Pick<RunRow, 'resumesRunId' | 'retriesRunId'>>;

/** The row and the job, both or neither. `check` may refuse by throwing; no other run of the workspace is queued meanwhile. */
export async function queueRun(
  { workspace, actor }: Pick<WorkspaceAccess, 'workspace' | 'actor'>,
  prompt: string,
  make: (id: string, number: number) => NewRun,
  check: (transaction: DatabaseOrTransaction) => Promise<void> = async () => {},
): Promise<RunView> {
  const id = uuidv7();
  const source = await claudeSourceFor(actor.userId);
  const kept = await keepPrompt({ id, startedById: actor.userId }, prompt);
  await database().transaction(async (transaction) => {
    const [counted] = await transaction
      .update(workspaces)
      .set({ nextRunNumber: sql`${workspaces.nextRunNumber} + 1` })
      .where(eq(workspaces.id, workspace.id))
      .returning({ next: workspaces.nextRunNumber, desired: workspaces.desired });
    if (!counted) throw new AnyonError('not_found', 'This workspace has been deleted.');
    // A stop that was asked for a moment ago would only interrupt it. Asking for one locks the row too, so one of both comes first.
    if (counted.desired !== 'running') throw new AnyonError('precondition', 'The workspace is being stopped. Start it again, then start the run.');
    await check(transaction);
    const number = counted.next - 1;
    await transaction.insert(runs).values({
      ...make(id, number),
      ...kept,
      id,
      workspaceId: workspace.id,
      startedById: actor.userId,
      number,
      simulated: source.kind === 'simulator',
      status: 'queued',
    });
    await enqueueRun(transaction, { runId: id });
  });
  return getRun(await requireRunAccess(actor, id));
}
