import type { ContainerEngine } from '@/server/containers/engine';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

export async function proveIsolation(_engine: ContainerEngine, _workspace: WorkspaceRow, _containerId: string, _signal: AbortSignal): Promise<void> {}
