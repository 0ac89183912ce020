import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

export type Admission = { admitted: true } | { admitted: false; reason: string };

export async function admitWorkspace(_workspace: WorkspaceRow): Promise<Admission> {
  return { admitted: true };
}
