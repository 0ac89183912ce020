import { and, eq, gt, isNotNull, lt, lte, sql } from 'drizzle-orm';
import { workspaces } from '@/db/schema';
import type { ContainerEngine, ContainerSummary } from '@/server/containers/engine';
import { database } from '@/server/database';
import { assertRoomToWork } from '@/server/deployment/free-space';
import { env } from '@/server/env';
import { describeError, isAnyonError } from '@/server/errors';
import { failpoint } from '@/server/failpoint';
import { log } from '@/server/log';
import { maskTokens } from '@/server/secrets/masked-text';
import { readEngineState } from '@/server/workspaces/reconcile/engine-state';
import type { ContainerFacts, Trouble } from '@/server/workspaces/reconcile/finding';
import { planRecovery, stateOf, type RecoveryPlan } from '@/server/workspaces/reconcile/recovery-plan';
import { requestTask } from '@/server/workspaces/tasks/request-task';
import { workspaceLabels } from '@/server/workspaces/workspace-container';
import { moveWorkspace, type WorkspaceMove, type WorkspaceRow } from '@/server/workspaces/workspace-status';

/** After so long in good order the tries that it took are forgotten. */
const WELL_AFTER_MINUTES = 10;
const STOP_GRACE_SECONDS = 10;
const LOOK_AGAIN_MS = 5_000;

/** Who acts: the holder of the lead, asked once more before each thing that is done to the engine. */
export interface Acting {
  engine: ContainerEngine;
  /** False: another worker acts by now, and nothing more is done. */
  mayAct: () => Promise<boolean>;
  signal?: AbortSignal | undefined;
}

/** A workspace that should run does not: its row says so, why, and what is done about it; or the fallback is carried out. Under the fence of the row as it was read. */
export async function beginRecovery(acting: Acting, row: WorkspaceRow, trouble: Trouble, container: ContainerFacts | null): Promise<void> {
  const plan = planRecovery(stateOf(row), trouble, new Date());
  const set: WorkspaceMove['set'] = {
    ...(container && { containerId: container.id, containerStatus: container.status, containerStartedAt: null }),
    // A task that failed has written its error down itself.
    ...(container && { lastError: maskTokens(trouble.sentence), lastErrorClass: trouble.class, lastErrorAt: new Date() }),
    recoveryNextAt: 'at' in plan ? plan.at : null,
  };
  if (plan.kind === 'give-up' && row.recoveryFallback !== 'ignore') return fallBack(acting, row, plan, set);
  await moveWorkspace(database(), row.id, { to: 'unhealthy', reason: plan.reason, fence: row.fence, set });
}

/** The tries are used up: its container is stopped or removed, and from then on it is not meant to run. */
async function fallBack(acting: Acting, row: WorkspaceRow, plan: RecoveryPlan, set: WorkspaceMove['set']): Promise<void> {
  for (const container of await ownContainers(acting, row)) {
    if (!(await stillSo(acting, row))) return;
    if (row.recoveryFallback === 'remove') await acting.engine.removeContainer(container.id, acting.signal);
    else if (container.status === 'running' || container.status === 'paused') await acting.engine.stopContainer(container.id, { graceSeconds: STOP_GRACE_SECONDS }, acting.signal);
  }
  const gone = row.recoveryFallback === 'remove' ? { containerId: null, containerStatus: null } : { containerStatus: row.containerId === null ? null : 'exited' };
  await moveWorkspace(database(), row.id, { to: 'stopped', reason: plan.reason, fence: row.fence, set: { ...set, ...gone, desired: 'stopped', containerStartedAt: null } });
}

/** Begins every try that is due. What cannot be begun now (no engine, no room) is put off without counting as a try. */
export async function recoverDue(acting: Acting): Promise<void> {
  const due = await database()
    .select()
    .from(workspaces)
    .where(and(isNotNull(workspaces.recoveryNextAt), lte(workspaces.recoveryNextAt, sql`now()`)));
  for (const row of due) {
    acting.signal?.throwIfAborted();
    try {
      await recover(acting, row);
    } catch (error) {
      if (acting.signal?.aborted) throw error;
      log().warn({ err: error, workspaceId: row.id }, 'recovery: a try could not be begun');
      await putOff(row, `${row.lastError ?? ''} ${isAnyonError(error) ? error.message : describeError(error)}`.trim());
    }
  }
}

async function recover(acting: Acting, row: WorkspaceRow): Promise<void> {
  if (row.status !== 'unhealthy' || row.desired !== 'running') {
    await moveWorkspace(database(), row.id, { to: 'as it is', fence: row.fence, set: { recoveryNextAt: null } });
    return;
  }
  const engine = await readEngineState();
  if (engine && !engine.reachable) return putOff(row, `${row.lastError ?? ''} Anyon starts it again as soon as Docker answers.`.trim());
  if (row.lastErrorClass === 'storage' && !(await hasRoom())) return putOff(row, row.statusReason ?? '');
  if (!(await prepareContainer(acting, row))) return;
  const tryNumber = row.recoveryAttempts + 1;
  const taskId = await requestTask({
    workspaceId: row.id,
    kind: row.clonedAt ? 'start' : 'create',
    cause: 'recovery',
    requestedById: null,
    reason: `${row.lastError ?? 'It did not run.'} Anyon is starting it again (try ${tryNumber} of ${row.recoveryMaxRetries}).`,
    set: { recoveryAttempts: tryNumber, recoveryNextAt: null },
    fence: row.fence,
  });
  if (taskId) log().info({ workspaceId: row.id, try: tryNumber }, 'recovery: workspace is started again');
  await failpoint('recover.requested');
}

/**
 * What starting alone cannot put right: a paused container goes on; one that is dead, that has lost its network, or that a try
 * has not brought back already, is removed, and the start makes a new one. False: somebody else has the workspace by now.
 */
async function prepareContainer(acting: Acting, row: WorkspaceRow): Promise<boolean> {
  const networks = await acting.engine.listNetworks(workspaceLabels(row.id), acting.signal);
  for (const container of await ownContainers(acting, row)) {
    if (!(await stillSo(acting, row))) return false;
    const broken = container.status === 'dead' || container.status === 'removing' || networks.length === 0;
    const running = container.status === 'running' || container.status === 'paused';
    if (broken || (!running && row.recoveryAttempts > 0)) await acting.engine.removeContainer(container.id, acting.signal);
    else if (container.status === 'paused') await acting.engine.unpauseContainer(container.id, acting.signal);
  }
  return stillSo(acting, row);
}

function ownContainers(acting: Acting, row: WorkspaceRow): Promise<ContainerSummary[]> {
  return acting.engine.summarizeContainers({ labels: workspaceLabels(row.id) }, acting.signal);
}

/** Nobody has asked for anything else since the row was read, and this worker still leads. */
export async function stillSo(acting: Pick<Acting, 'mayAct'>, row: Pick<WorkspaceRow, 'id' | 'fence'>): Promise<boolean> {
  const [now] = await database().select({ fence: workspaces.fence }).from(workspaces).where(eq(workspaces.id, row.id));
  return now?.fence === row.fence && (await acting.mayAct());
}

async function hasRoom(): Promise<boolean> {
  try {
    await assertRoomToWork(env().ANYON_MIN_FREE_BYTES);
    return true;
  } catch (error) {
    if (isAnyonError(error)) return false;
    throw error;
  }
}

async function putOff(row: WorkspaceRow, reason: string): Promise<void> {
  const recoveryNextAt = new Date(Date.now() + LOOK_AGAIN_MS);
  await moveWorkspace(database(), row.id, { to: 'as it is', from: ['unhealthy'], reason, fence: row.fence, set: { recoveryNextAt } });
}

/** Forgets the tries of what has run well for a while. */
export async function forgetOldTries(): Promise<void> {
  const wellSince = sql`now() - make_interval(mins => ${WELL_AFTER_MINUTES})`;
  await database()
    .update(workspaces)
    .set({ recoveryAttempts: 0 })
    .where(and(eq(workspaces.status, 'running'), gt(workspaces.recoveryAttempts, 0), lt(workspaces.statusSince, wellSince)));
}
