import type { Attendants } from '@/server/containers/attendants';
import type { ContainerEngine } from '@/server/containers/engine';
import type { TaskRow } from '@/server/workspaces/tasks/request-task';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

/** What an attempt works with. */
export interface TaskWork {
  task: Pick<TaskRow, 'id' | 'kind' | 'cause'>;
  /** As it was when the attempt began, under the attempt's fence. */
  workspace: WorkspaceRow;
  /** Refuses every call that changes something once the attempt is overtaken. */
  engine: ContainerEngine;
  /** In the containers of this attempt; gone with it. What is asked of them is not refused by itself: `assertOurs` comes before what changes something. */
  attendants: Attendants;
  /** Throws `SupersededError` once the attempt is overtaken; for changes that do not go through the engine. */
  assertOurs: () => Promise<void>;
  /** Puts off the moment at which the attempt is given up. */
  progress: () => void;
  signal: AbortSignal;
}
