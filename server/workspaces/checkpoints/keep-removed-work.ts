import type { ContainerEngine } from '@/server/containers/engine';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

export async function keepRemovedWork(_engine: ContainerEngine, _workspace: WorkspaceRow, _signal: AbortSignal): Promise<void> {}
