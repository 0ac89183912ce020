import { rm } from 'node:fs/promises';
import { and, eq, inArray } from 'drizzle-orm';
import { isFinal } from '@/contract/run';
import { openTaskStatuses, taskRules } from '@/contract/task';
import { runs, tasks, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { applyDiskQuota } from '@/server/deployment/disk-quota';
import { ensureFirewall } from '@/server/egress/firewall';
import { AnyonError, isAnyonError } from '@/server/errors';
import { failpoint } from '@/server/failpoint';
import { enqueueTask } from '@/server/queue/queue';
import { assertSecretsInPlace } from '@/server/secrets/injection/assert-in-place';
import { discardWork } from '@/server/workspaces/checkpoints/sweep-removed-work';
import type { ContainerFacts, DirectoryOwner, Effect } from '@/server/workspaces/reconcile/finding';
import { networkGoneTrouble } from '@/server/workspaces/reconcile/container-trouble';
import { isId, runNamedBy } from '@/server/workspaces/reconcile/machine';
import { beginRecovery, stillSo, type Acting } from '@/server/workspaces/reconcile/recover';
import { requestTask } from '@/server/workspaces/tasks/request-task';
import { EXCHANGE_TARGET, REPOSITORY_PATH, workspaceLabels, WORKTREES_PATH } from '@/server/workspaces/workspace-container';
import { moveWorkspace, type WorkspaceMove } from '@/server/workspaces/workspace-status';

const REMOVE_INSIDE_MS = 60_000;

/**
 * Carries out one finding. Safe to repeat; looks once more, right before it changes something outside the database, whether what
 * was found is still so, and does nothing when it is not. Throws what went wrong.
 */
export async function applyEffect(acting: Acting, effect: Effect): Promise<void> {
  switch (effect.do) {
    case 'move':
    case 'note':
      return adopt(acting, effect);
    case 'recover':
      return beginRecovery(acting, effect.row, effect.trouble, effect.container);
    case 'request-task':
      await requestTask({ workspaceId: effect.row.id, kind: effect.kind, cause: 'reconcile', requestedById: null, fence: effect.row.fence });
      return;
    case 'enqueue-task':
      return putIntoQueue(effect.taskId, effect.row.id);
    case 'rename-container':
      if (await stillSo(acting, effect.row)) await acting.engine.renameContainer(effect.containerId, effect.name, acting.signal);
      return;
    case 'connect-network':
      return reconnect(acting, effect);
    case 'remove-container':
      return removeContainer(acting, effect);
    case 'remove-network':
      if (await nobodyHas(acting, effect.workspaceId)) await acting.engine.removeNetwork(effect.networkId, acting.signal);
      return failpoint('reconcile.object-removed');
    case 'remove-directory':
      return removeDirectory(acting, effect.path, effect.owner);
    case 'remove-worktree':
      return removeWorktree(acting, effect);
    case 'discard-work':
      if (await acting.mayAct()) await discardWork(effect);
      return failpoint('reconcile.object-removed');
    case 'apply-quota':
      if (await stillSo(acting, effect.row)) await applyDiskQuota(effect.row.id, effect.row.diskBytes);
      return;
    case 'set-firewall':
      return setFirewall();
  }
}

/** A container that was started outside Anyon has made its mounts anew: one that sees secrets otherwise than it must does not count as running. */
async function adopt(acting: Acting, { row, container, ...effect }: Extract<Effect, { do: 'move' | 'note' }>): Promise<void> {
  const running = container !== null && container.id !== null && (effect.do === 'note' || effect.to === 'running');
  if (running && container.startedAt !== (row.containerStartedAt?.toISOString() ?? null)) {
    try {
      await assertSecretsInPlace(acting.engine, { workspaceId: row.id, containerId: container.id ?? '', injected: null }, acting.signal);
    } catch (error) {
      if (!isAnyonError(error) || error.kind !== 'precondition') throw error;
      return beginRecovery(acting, row, { class: 'other', sentence: error.message, helpless: true }, container);
    }
  }
  const [to, from] = effect.do === 'move' ? [effect.to, undefined] : ['as it is' as const, ['running' as const]];
  await moveWorkspace(database(), row.id, { to, ...(from && { from }), reason: effect.reason, fence: row.fence, set: factsSet(container) });
}

async function setFirewall(): Promise<void> {
  const { ok, problem } = await ensureFirewall();
  if (!ok) throw new AnyonError('precondition', problem ?? 'The firewall rules could not be set.');
}

function factsSet(container: ContainerFacts | null): WorkspaceMove['set'] {
  if (!container) return {};
  const startedAt = container.status === 'running' && container.startedAt !== null ? new Date(container.startedAt) : null;
  return { containerId: container.id, containerStatus: container.status, containerStartedAt: startedAt };
}

async function putIntoQueue(taskId: string, workspaceId: string): Promise<void> {
  await database().transaction(async (transaction) => {
    const [task] = await transaction.select().from(tasks).where(and(eq(tasks.id, taskId), inArray(tasks.status, [...openTaskStatuses])));
    if (task) await enqueueTask(transaction, { taskId, workspaceId, ownerId: task.ownerId, priority: taskRules[task.kind].priority, notBefore: task.retryAt });
  });
}

/** Back onto the network, which leaves what runs in the container alone; where that fails, network and container are made anew. */
async function reconnect(acting: Acting, { row, container, network }: Extract<Effect, { do: 'connect-network' }>): Promise<void> {
  if (container.id === null || !(await stillSo(acting, row))) return;
  try {
    await acting.engine.connectNetwork(network, container.id, acting.signal);
  } catch (error) {
    acting.signal?.throwIfAborted();
    await beginRecovery(acting, row, { class: 'network', sentence: networkGoneTrouble.sentence }, container);
    throw error;
  }
}

async function removeContainer(acting: Acting, { containerId, workspaceId, row }: Extract<Effect, { do: 'remove-container' }>): Promise<void> {
  const mayGo = row ? await stillSo(acting, row) : await nobodyHas(acting, workspaceId);
  if (!mayGo) return;
  // The labels once more, from the engine itself: an id in a finding is a thing of the past.
  const container = await acting.engine.inspectContainer(containerId, acting.signal);
  const ours = container !== null && Object.entries(workspaceLabels(workspaceId)).every(([name, value]) => container.labels[name] === value);
  if (ours) await acting.engine.removeContainer(containerId, acting.signal);
  await failpoint('reconcile.object-removed');
}

async function nobodyHas(acting: Acting, workspaceId: string): Promise<boolean> {
  const rows = await database().select({ id: workspaces.id }).from(workspaces).where(eq(workspaces.id, workspaceId));
  return rows.length === 0 && (await acting.mayAct());
}

async function removeDirectory(acting: Acting, directory: string, owner: DirectoryOwner): Promise<void> {
  if (owner.kind === 'workspace') {
    if (!(await nobodyHas(acting, owner.id))) return;
    const containers = await acting.engine.summarizeContainers({ labels: workspaceLabels(owner.id) }, acting.signal);
    if (containers.length > 0) throw new AnyonError('conflict', `The container ${containers[0]?.name} still uses it. It is removed first.`);
  } else if (!(await runIsOver(owner.id)) || !(await acting.mayAct())) return;
  if (owner.kind === 'command' && !(await stillSo(acting, owner.row))) return;

  if (owner.kind === 'command' && owner.containerId !== null) await removeInside(acting, owner.containerId, `${EXCHANGE_TARGET}/${owner.id}`);
  else await rm(directory, { recursive: true, force: true }); // nothing runs that could put a link in the way; rm itself follows none
  await failpoint('reconcile.object-removed');
}

/** By the name of what belongs to it. Also when there is no such run. */
async function runIsOver(name: string): Promise<boolean> {
  const runId = runNamedBy(name);
  if (!isId(runId)) return true;
  const [run] = await database().select({ status: runs.status }).from(runs).where(eq(runs.id, runId));
  return !run || isFinal(run.status);
}

/** By the container's own user, inside: out here a process of the container could swap a folder for a link while it is being emptied. */
async function removeInside(acting: Acting, containerId: string, place: string): Promise<void> {
  const { exitCode, stderr } = await acting.engine.exec(containerId, { argv: ['rm', '-rf', '--one-file-system', '--', place], timeoutMs: REMOVE_INSIDE_MS }, acting.signal);
  if (exitCode !== 0) throw new AnyonError('unavailable', `It could not be removed in the container: ${lastLine(stderr)}`);
}

/** Git refuses a working tree with changes or untracked files, and that is what is wanted. */
async function removeWorktree(acting: Acting, { containerId, runId }: Extract<Effect, { do: 'remove-worktree' }>): Promise<void> {
  if (!(await runIsOver(runId)) || !(await acting.mayAct())) return;
  const argv = ['git', '-C', REPOSITORY_PATH, 'worktree', 'remove', '--', `${WORKTREES_PATH}/${runId}`];
  const { exitCode, stderr } = await acting.engine.exec(containerId, { argv, timeoutMs: REMOVE_INSIDE_MS }, acting.signal);
  if (exitCode !== 0) throw new AnyonError('conflict', `Git keeps it: ${lastLine(stderr)}`);
  await failpoint('reconcile.object-removed');
}

function lastLine(text: Buffer): string {
  return text.toString('utf8').trim().split('\n').at(-1)?.slice(0, 300) ?? '';
}
