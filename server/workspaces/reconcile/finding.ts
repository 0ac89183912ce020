import type { Difference } from '@/contract/difference';
import type { ErrorClass } from '@/contract/recovery';
import type { TaskKind } from '@/contract/task';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

/** A difference together with what would end it; null for one that is only shown. */
export interface Finding extends Pick<Difference, 'object' | 'name' | 'workspaceId' | 'action' | 'reason' | 'freesBytes'> {
  effect: Effect | null;
}

/** All that reconciling can do. Each is safe to repeat, and what touches a row is fenced by the row as it was read. */
export type Effect =
  | { do: 'move'; row: WorkspaceRow; to: 'running' | 'stopped'; reason: string | null; container: ContainerFacts | null }
  | { do: 'note'; row: WorkspaceRow; reason: string | null; container: ContainerFacts }
  | { do: 'recover'; row: WorkspaceRow; trouble: Trouble; container: ContainerFacts | null }
  | { do: 'request-task'; row: WorkspaceRow; kind: TaskKind }
  | { do: 'enqueue-task'; taskId: string; row: WorkspaceRow }
  | { do: 'rename-container'; row: WorkspaceRow; containerId: string; name: string }
  | { do: 'connect-network'; row: WorkspaceRow; container: ContainerFacts; network: string }
  /** `row`: of the workspace that has another container; null where there is no such workspace any more. */
  | { do: 'remove-container'; containerId: string; workspaceId: string; row: WorkspaceRow | null }
  | { do: 'remove-network'; networkId: string; workspaceId: string }
  | { do: 'remove-directory'; path: string; owner: DirectoryOwner }
  | { do: 'remove-worktree'; containerId: string; runId: string }
  | { do: 'discard-work'; id: string; workspaceId: string }
  | { do: 'apply-quota'; row: WorkspaceRow }
  | { do: 'set-firewall' };

/** Who would have to be in the database for a directory to stay: asked once more, right before it is removed. */
export type DirectoryOwner = { kind: 'workspace'; id: string } | { kind: 'run'; id: string } | { kind: 'command'; id: string; row: WorkspaceRow; containerId: string | null };

/** What the row keeps of its container. */
export interface ContainerFacts {
  id: string | null;
  status: string | null;
  startedAt: string | null;
}

/** Why a workspace that should run does not. */
export interface Trouble {
  class: ErrorClass;
  /** One sentence, without what is done about it. */
  sentence: string;
  /** No try would change anything. */
  helpless?: boolean;
}

/** A finding about something of one workspace. */
export function finding(about: Omit<Finding, 'freesBytes'> & { freesBytes?: number | null }): Finding {
  return { freesBytes: null, ...about };
}
