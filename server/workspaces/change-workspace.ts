import { and, eq, ne } from 'drizzle-orm';
import type { ChangeWorkspaceInput, WorkspaceView } from '@/contract/workspace';
import { workspaces } from '@/db/schema';
import { checkImageReference } from '@/server/containers/image-reference';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import { applyLimits } from '@/server/workspaces/apply-limits';
import { getWorkspace } from '@/server/workspaces/workspace-queries';
import { egressColumns, limitColumns, recoveryColumns, scriptColumn } from '@/server/workspaces/workspace-settings';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

/**
 * Changes settings; what is absent stays. Limits hold at once, runs go on. The egress hosts, the recovery policy, the idle
 * stop and the name count from now on. Image and egress level apply at the next start (`restartNeeded` says so), a changed
 * set-up script runs at the next start. All or nothing: when the limits cannot be applied (`precondition` with the reason,
 * `unavailable` while Docker does not answer) nothing is changed.
 */
export async function changeWorkspace(access: WorkspaceAccess, input: Omit<ChangeWorkspaceInput, 'workspaceId'>): Promise<WorkspaceView> {
  const { workspace } = access;
  const set = changedColumns(workspace, input);
  const limits = input.limits && limitColumns(input.limits);
  if (limits) await applyLimits(workspace, limits);
  const [changed] = await database()
    .update(workspaces)
    .set({ ...set, lastUsedAt: new Date() })
    .where(and(eq(workspaces.id, workspace.id), ne(workspaces.status, 'deleting')))
    .returning();
  if (!changed) throw new AnyonError('conflict', 'This workspace is being deleted, so it cannot be changed.');
  // A container that was made in between was made from the old row.
  if (limits && changed.containerId !== workspace.containerId) await applyLimits(changed, limits);
  return getWorkspace(access);
}

function changedColumns(workspace: WorkspaceRow, input: Omit<ChangeWorkspaceInput, 'workspaceId'>): Partial<WorkspaceRow> {
  const script = input.setupScript === undefined ? workspace.setupScript : scriptColumn(input.setupScript);
  return {
    ...(input.name !== undefined && { name: input.name }),
    ...(input.limits && limitColumns(input.limits)),
    ...(input.image !== undefined && { image: checkImageReference(input.image) }),
    ...(input.egress && egressColumns(input.egress)),
    ...(input.recovery && recoveryColumns(input.recovery)),
    ...(input.idleStopMinutes !== undefined && { idleStopMinutes: input.idleStopMinutes }),
    ...(script !== workspace.setupScript && { setupScript: script, setupDoneAt: null }),
  };
}
