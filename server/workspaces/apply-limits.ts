import type { WorkspaceLimits, WorkspaceStatus } from '@/contract/workspace';
import { containerEngine } from '@/server/containers/container-engine';
import type { ResourceLimits } from '@/server/containers/engine';
import { applyDiskQuota } from '@/server/deployment/disk-quota';
import { AnyonError, isAnyonError } from '@/server/errors';
import { containerName } from '@/server/workspaces/workspace-container';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

/** In these nothing runs; the next start gives the container what the row says. */
const withoutContainer: ReadonlySet<WorkspaceStatus> = new Set(['stopped', 'archived', 'deleting']);
const ENGINE_PATIENCE_MS = 8_000;

/**
 * Makes the machine hold a workspace to these limits, at once and without ending anything in it. Throws `precondition` when
 * it uses more memory than that now, or when its disk cannot be limited, and `unavailable` when Docker does not answer; the
 * limits are then what they were.
 */
export async function applyLimits(workspace: WorkspaceRow, limits: WorkspaceLimits): Promise<void> {
  // Before its first start there is no directory yet; that start applies the quota.
  const changesDisk = limits.diskBytes !== workspace.diskBytes && workspace.containerId !== null;
  if (changesDisk) await applyDiskQuota(workspace.id, limits.diskBytes);
  if (withoutContainer.has(workspace.status)) return;
  try {
    await applyToContainer(workspace.id, { memoryBytes: limits.memoryBytes, cpus: limits.cpus, pids: limits.pids });
  } catch (error) {
    if (changesDisk) await applyDiskQuota(workspace.id, workspace.diskBytes);
    throw error;
  }
}

async function applyToContainer(workspaceId: string, limits: ResourceLimits): Promise<void> {
  const signal = AbortSignal.timeout(ENGINE_PATIENCE_MS);
  try {
    const container = await containerEngine().inspectContainer(containerName(workspaceId), signal);
    if (container) await containerEngine().updateLimits(container.id, limits, signal);
  } catch (cause) {
    if (isAnyonError(cause) && cause.kind === 'not_found') return; // removed in this moment
    if (!signal.aborted && !(isAnyonError(cause) && cause.kind === 'unavailable')) throw cause;
    throw new AnyonError('unavailable', 'Docker does not answer, so the limits were not changed. Try again when it does.', { cause });
  }
}
