import type { WorkspaceView } from '@/contract/workspace';
import { assertFreeSpace } from '@/server/deployment/free-space';
import { env } from '@/server/env';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import { requestTask } from '@/server/workspaces/tasks/request-task';
import { freshSteps } from '@/server/workspaces/tasks/start-steps';
import { getWorkspace } from '@/server/workspaces/workspace-queries';

/** Brings a stopped or failed workspace up again, in the background. Already running or starting: nothing changes. Refuses when the disk is nearly full. */
export async function startWorkspace(access: WorkspaceAccess): Promise<WorkspaceView> {
  const { status } = access.workspace;
  if (status !== 'running' && status !== 'creating') {
    await assertFreeSpace(env().dataDir, env().ANYON_MIN_FREE_BYTES);
    await requestTask(
      access,
      { task: 'start', to: 'creating', reason: null, steps: { steps: freshSteps() } },
      'This workspace cannot be started now: it is being deleted or archived.',
    );
  }
  return getWorkspace(access);
}
