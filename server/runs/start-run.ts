import { randomUUID } from 'node:crypto';
import { and, eq, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { RunView, StartRunInput } from '@/contract/run';
import type { WorkspaceStatus } from '@/contract/workspace';
import type { DatabaseOrTransaction } from '@/db/client';
import { followUps, runs, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { assertRoomToWork } from '@/server/deployment/free-space';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';
import { enqueueRun } from '@/server/queue/queue';
import { sendingSpan } from '@/server/queue/queue-spans';
import { requireRunAccess } from '@/server/runs/access';
import { keepPrompt } from '@/server/runs/run-prompt';
import { getRun } from '@/server/runs/run-queries';
import type { RunRow } from '@/server/runs/run-status';
import { claudeSourceFor } from '@/server/connections/claude/claude-source';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';
import { traceparentInForce, tracedInside } from '@/server/tracing';
import { assertOpenVariant } from '@/server/workspaces/open-variant';
import { assertWorktreeIsFree } from '@/server/workspaces/worktree-lease';

const nextStep: Partial<Record<WorkspaceStatus, string>> = {
  creating: 'Wait until its checklist is done.',
  unknown: 'Wait until Docker answers again.',
  archived: 'Restore it first.',
  deleting: 'Use another one.',
};

/** Writes the run as `queued` together with the job that starts it, in one transaction, and answers at once. The workspace must be running. */
export async function startRun(access: WorkspaceAccess, input: Omit<StartRunInput, 'workspaceId'>): Promise<RunView> {
  await assertMayBegin(access.workspace);
  return queueRun(access, input.prompt, (id, number) => ({
    model: input.model ?? null,
    permissionMode: input.permissionMode ?? 'bypassPermissions',
    maxTurns: input.maxTurns ?? null,
    budgetUsd: input.budgetUsd ?? null,
    branch: branchOf(id, number),
    claudeSessionId: randomUUID(),
  }));
}

/** What is refused at the door, whichever way a run comes: a workspace that does not run, a disk that is nearly full. */
export async function assertMayBegin(workspace: WorkspaceRow): Promise<void> {
  if (workspace.status !== 'running') {
    throw new AnyonError('precondition', `The workspace is ${workspace.status}, not running. ${nextStep[workspace.status] ?? 'Start it first.'}`);
  }
  await assertRoomToWork(env().ANYON_MIN_FREE_BYTES);
}

/** The branch that a conversation works on, named after its first run. */
export function branchOf(runId: string, number: number): string {
  return `anyon/run-${number}-${runId.slice(-6)}`;
}

export type NewRun = Pick<RunRow, 'model' | 'branch' | 'claudeSessionId' | 'permissionMode' | 'maxTurns' | 'budgetUsd'> & Partial<Pick<RunRow, 'resumesRunId' | 'retriesRunId'>>;

/** What is found out about a run before the transaction that writes it. */
export interface PreparedRun extends Pick<RunRow, 'id' | 'startedById' | 'prompt' | 'sealedPrompt' | 'promptMasked' | 'simulated'> {}

/** Throws `precondition` when nobody would answer the person's run. */
export async function prepareRun(startedById: string, prompt: string): Promise<PreparedRun> {
  const id = uuidv7();
  const source = await claudeSourceFor(startedById);
  const kept = await keepPrompt({ id, startedById }, prompt);
  return { id, startedById, simulated: source.kind === 'simulator', ...kept, promptMasked: kept.sealedPrompt !== null };
}

/**
 * Locks a workspace for a run that is about to be written: until the transaction ends no other one is. Throws when it is being stopped:
 * that would only interrupt the run. Asking for a stop locks the row too, so one of both comes first.
 */
export async function holdWorkspace(transaction: DatabaseOrTransaction, workspaceId: string): Promise<WorkspaceRow> {
  const [workspace] = await transaction.select().from(workspaces).where(eq(workspaces.id, workspaceId)).for('update');
  if (!workspace) throw new AnyonError('not_found', 'This workspace has been deleted.');
  if (workspace.desired !== 'running') throw new AnyonError('precondition', 'The workspace is being stopped. Start it again, then start the run.');
  return workspace;
}

/** The row and the job, with the next number of the workspace, which the caller holds. What waits for the run that it goes on with waits for it from now on. */
export async function insertRun(transaction: DatabaseOrTransaction, workspaceId: string, prepared: PreparedRun, make: (number: number) => NewRun): Promise<void> {
  const [counted] = await transaction
    .update(workspaces)
    .set({ nextRunNumber: sql`${workspaces.nextRunNumber} + 1` })
    .where(eq(workspaces.id, workspaceId))
    .returning({ next: workspaces.nextRunNumber });
  if (!counted) throw new AnyonError('not_found', 'This workspace has been deleted.');
  const number = counted.next - 1;
  const made = make(number);
  if (made.resumesRunId) await assertOpenVariant(transaction, made);
  if (made.resumesRunId) await assertWorktreeIsFree(transaction, { workspaceId, claudeSessionId: made.claudeSessionId });
  await tracedInside('send run', sendingSpan('run', { 'anyon.run.id': prepared.id, 'anyon.workspace.id': workspaceId }), async () => {
    await transaction.insert(runs).values({ ...made, ...prepared, workspaceId, number, status: 'queued', traceparent: traceparentInForce() });
    await enqueueRun(transaction, { runId: prepared.id });
  });
  if (!made.resumesRunId) return;
  await transaction
    .update(followUps)
    .set({ runId: prepared.id, anyway: false, heldBecause: null })
    .where(and(eq(followUps.runId, made.resumesRunId), eq(followUps.status, 'waiting')));
  await transaction.update(runs).set({ changeSeq: sql`${runs.changeSeq}` }).where(eq(runs.id, made.resumesRunId)); // news for those who look at it
}

/** A run that begins a conversation: both the row and the job, or neither. */
export async function queueRun({ workspace, actor }: Pick<WorkspaceAccess, 'workspace' | 'actor'>, prompt: string, make: (id: string, number: number) => NewRun): Promise<RunView> {
  const prepared = await prepareRun(actor.userId, prompt);
  await database().transaction(async (transaction) => {
    await holdWorkspace(transaction, workspace.id);
    await insertRun(transaction, workspace.id, prepared, (number) => make(prepared.id, number));
  });
  return getRun(await requireRunAccess(actor, prepared.id));
}
