import type { CheckpointCause } from '@/contract/checkpoint';
import type { ContainerEngine } from '@/server/containers/engine';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

export async function takeCheckpoints(_engine: ContainerEngine, _workspace: WorkspaceRow, _cause: CheckpointCause, _signal: AbortSignal): Promise<void> {}
