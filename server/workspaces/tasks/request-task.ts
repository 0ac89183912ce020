import { and, desc, eq, inArray, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { openTaskStatuses, taskRules, type TaskCause, type TaskKind } from '@/contract/task';
import type { WorkspaceStatus } from '@/contract/workspace';
import type { DatabaseOrTransaction } from '@/db/client';
import { tasks, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import { enqueueTask } from '@/server/queue/queue';
import { sendingSpan } from '@/server/queue/queue-spans';
import { maskTokens } from '@/server/secrets/masked-text';
import { traceparentInForce, tracedInside } from '@/server/tracing';
import { freshSteps } from '@/server/workspaces/tasks/start-steps';
import { moveWorkspace, type WorkspaceMove, type WorkspaceRow } from '@/server/workspaces/workspace-status';

export type TaskRow = typeof tasks.$inferSelect;

export interface TaskRequest {
  workspaceId: string;
  kind: TaskKind;
  cause: TaskCause;
  /** Null when Anyon asks by itself. */
  requestedById: string | null;
  batchId?: string;
  /** Shown while it is under way, instead of the usual sentence. */
  reason?: string;
  /** Further columns that change with the request. */
  set?: WorkspaceMove['set'];
  /** Only if the workspace still has this fence: for who decided by what the row said a moment ago. */
  fence?: number;
}

/** What the row says from the moment of asking. A state stays what it is until it is something else: it says what is, not what is wanted. */
interface Asked {
  to: WorkspaceStatus | 'as it is';
  /** Absent: stays. */
  reason?: string | null;
  desired?: WorkspaceRow['desired'];
}

const asked: Readonly<Record<TaskKind, Asked>> = {
  create: { to: 'creating', reason: null, desired: 'running' },
  start: { to: 'creating', reason: null, desired: 'running' },
  restart: { to: 'as it is', reason: 'Restarting: its work is kept first, then the container is stopped and started.', desired: 'running' },
  stop: { to: 'as it is', reason: 'Stopping the container.', desired: 'stopped' },
  archive: { to: 'as it is', reason: 'Archiving: its work is kept first, then the container is removed. The files stay.', desired: 'stopped' },
  delete: { to: 'deleting', reason: null, desired: 'stopped' },
  sync: { to: 'as it is' },
};

/** Tasks that lead to the same end: asking for one while another is under way asks for nothing new. */
const sameEnd: Readonly<Record<TaskKind, readonly TaskKind[]>> = {
  create: ['create', 'start'],
  start: ['create', 'start', 'restart'],
  restart: ['create', 'start', 'restart'],
  stop: ['stop'],
  archive: ['archive'],
  delete: ['delete'],
  sync: ['create', 'start', 'restart', 'stop', 'archive', 'delete', 'sync'],
};

/** What Anyon asks by itself never takes the place of what somebody asked for. */
const yields: ReadonlySet<TaskCause> = new Set(['recovery', 'reconcile', 'idle', 'run']);

/**
 * Asks for a task: writes it, moves the workspace under a new fence (which makes every earlier task harmless; those that wait
 * end as `superseded` at once, one that runs within a second) and wakes the worker, in one transaction.
 *
 * Returns the task's id; that of the task under way when that leads to the same end; null when there is nothing to do, or
 * when Anyon itself asks and a task for the workspace is under way. Throws `conflict` when the state does not allow it and
 * `not_found` when there is no such workspace.
 */
export async function requestTask(request: TaskRequest): Promise<string | null> {
  return database().transaction(async (transaction) => {
    const [workspace] = await transaction.select().from(workspaces).where(eq(workspaces.id, request.workspaceId)).for('update');
    if (!workspace) throw new AnyonError('not_found', 'This workspace has been deleted.');
    if (request.fence !== undefined && workspace.fence !== request.fence) return null;
    const open = await openTaskOf(transaction, workspace.id);
    if (open && sameEnd[request.kind].includes(open.kind)) return open.id;
    if (open && yields.has(request.cause)) return null;
    if (!open && isSoAlready(workspace, request.kind)) return null;
    const refusal = refuse(workspace, request.kind);
    if (refusal) throw new AnyonError('conflict', refusal);
    return addTask(transaction, workspace, request);
  });
}

/** Writes a task for a workspace whose row the caller has written or locked in this transaction. */
export async function addTask(transaction: DatabaseOrTransaction, workspace: WorkspaceRow, request: TaskRequest): Promise<string> {
  const { kind, cause } = request;
  const fence = workspace.fence + 1;
  const { to, reason, desired } = asked[kind];
  const moved = await moveWorkspace(transaction, workspace.id, {
    to,
    ...(reason !== undefined && { reason: request.reason ?? reason }),
    set: { ...(desired && { desired }), ...(to === 'creating' && { steps: freshSteps() }), ...(!yields.has(cause) && byHand()), ...request.set, fence },
  });
  if (!moved) throw new AnyonError('conflict', `A workspace that is ${workspace.status} cannot do that now.`);
  await supersedeOthers(transaction, workspace.id, kind);
  const id = uuidv7();
  const { priority, retries } = taskRules[kind];
  const traceparent = await tracedInside('send workspace-task', sendingSpan('workspace-task', { 'anyon.task.id': id, 'anyon.workspace.id': workspace.id }), async () => {
    await enqueueTask(transaction, { taskId: id, workspaceId: workspace.id, ownerId: workspace.ownerId, priority, notBefore: null });
    return traceparentInForce();
  });
  await transaction.insert(tasks).values({
    id,
    workspaceId: workspace.id,
    workspaceName: workspace.name,
    ownerId: workspace.ownerId,
    kind,
    cause,
    requestedById: request.requestedById,
    batchId: request.batchId ?? null,
    fence,
    priority,
    maxAttempts: retries + 1,
    status: 'queued',
    traceparent,
  });
  return id;
}

/** A person's word makes an end of what recovery had counted, and counts as use. */
function byHand(): WorkspaceMove['set'] {
  return { recoveryAttempts: 0, recoveryNextAt: null, lastUsedAt: new Date() };
}

/** The task of a workspace that is not final; at most one, beside one that was superseded and is just being ended. */
export async function openTaskOf(db: DatabaseOrTransaction, workspaceId: string): Promise<TaskRow | null> {
  const [open] = await db
    .select()
    .from(tasks)
    .where(and(eq(tasks.workspaceId, workspaceId), inArray(tasks.status, [...openTaskStatuses])))
    .orderBy(desc(tasks.fence))
    .limit(1);
  return open ?? null;
}

async function supersedeOthers(transaction: DatabaseOrTransaction, workspaceId: string, kind: TaskKind): Promise<void> {
  const mine = eq(tasks.workspaceId, workspaceId);
  const now = sql`now()`;
  await transaction
    .update(tasks)
    .set({ status: 'superseded', statusReason: maskTokens(`"${kind}" was asked for later and took its place.`), statusSince: now, finishedAt: now, retryAt: null })
    .where(and(mine, inArray(tasks.status, ['queued', 'waiting', 'retrying'])));
  await transaction
    .update(tasks)
    .set({ statusReason: maskTokens(`"${kind}" was asked for later and takes its place; this one is being ended.`) })
    .where(and(mine, eq(tasks.status, 'running')));
}

function isSoAlready({ status, desired }: WorkspaceRow, kind: TaskKind): boolean {
  if (kind === 'start') return status === 'running' && desired === 'running';
  if (kind === 'stop') return (status === 'stopped' && desired === 'stopped') || status === 'archived';
  return kind === 'archive' && status === 'archived';
}

function refuse({ status }: WorkspaceRow, kind: TaskKind): string | null {
  if (status === 'deleting' && kind !== 'delete') return 'This workspace is being deleted.';
  if (status === 'archived' && (kind === 'start' || kind === 'restart' || kind === 'sync')) return 'This workspace is archived. Restore it first.';
  return null;
}
