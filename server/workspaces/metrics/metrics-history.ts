import type { Metrics } from '@/contract/metrics';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import { readHour } from '@/server/workspaces/metrics/metrics-rows';

/** The readings of the last hour, oldest first; a container that did not run leaves a gap. */
export async function metricsHistory(access: WorkspaceAccess): Promise<Metrics[]> {
  return readHour(access.workspace.id);
}
