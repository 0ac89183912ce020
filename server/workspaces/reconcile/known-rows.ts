import type { TaskKind, TaskStatus } from '@/contract/task';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

/** What the database says, for one comparison. */
export interface KnownRows {
  /** Our instance: what carries another one's label is somebody else's. */
  instance: string;
  /** As they were before the machine was looked at: what happened meanwhile raised their fence, and nothing is done by what they say. */
  workspaces: ReadonlyMap<string, KnownWorkspace>;
  /** Those whose row was written meanwhile. The next comparison is about them. */
  newcomers: ReadonlySet<string>;
  /**
   * Of the workspaces that have no row: those that this database has had a task for, and the kind of the latest. Only what is left of
   * these may be removed. An object whose workspace this database never knew belongs to another install, or to one whose database was lost.
   */
  past: ReadonlyMap<string, TaskKind>;
  runs: ReadonlyMap<string, KnownRun>;
  /** Kept work of deleted workspaces that nobody can have back any more. */
  workThatIsOver: readonly { id: string; workspaceId: string; name: string; bytes: number }[];
  /** False when the data directory was last used with another database: then nothing in it is removed. */
  ownsDirectory: boolean;
}

export interface KnownWorkspace {
  row: WorkspaceRow;
  /** Names that its objects should have. */
  containerName: string;
  networkName: string;
  /** The label `anyon.spec` of a container that fits; null when that cannot be told. */
  spec: string | null;
  /** The task that is not final; the workspace is in its hands. */
  openTask: OpenTask | null;
}

export interface OpenTask {
  id: string;
  kind: TaskKind;
  status: TaskStatus;
  since: Date;
  /** False when the queue has nothing that would bring it to a worker. */
  hasJob: boolean;
}

export interface KnownRun {
  workspaceId: string;
  live: boolean;
}

/** Whether there is such a workspace, looked at or not. */
export function hasRow(rows: KnownRows, workspaceId: string): boolean {
  return rows.workspaces.has(workspaceId) || rows.newcomers.has(workspaceId);
}
