import type { ContainerEngine } from '@/server/containers/engine';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

export interface SetupRequest {
  workspace: WorkspaceRow;
  containerId: string;
  onProgress: (line: string) => Promise<void>;
  signal: AbortSignal;
}

export async function runSetupScript(_engine: ContainerEngine, _request: SetupRequest): Promise<void> {}
