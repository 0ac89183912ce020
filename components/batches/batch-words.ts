import { Ban, CircleCheck, CircleDashed, CircleSlash, CircleX, Clock, LoaderCircle, OctagonX } from 'lucide-react';
import type { BatchAction, BatchItem, BatchView } from '@/contract/batch';
import type { WorkspaceStatus, ListedWorkspace } from '@/contract/workspace';
import { count } from '@/components/ui/quantities';
import type { StateLook } from '@/components/ui/state-badge';

interface ActionWords {
  /** On a button. */
  verb: string;
  /** While it is on. */
  going: string;
  /** States in which it does something. */
  from: readonly WorkspaceStatus[];
  /** Said of those for which there is nothing to do. */
  already: string;
}

export const actionWords: Readonly<Record<BatchAction, ActionWords>> = {
  start: { verb: 'Start', going: 'Starting', from: ['stopped', 'unhealthy', 'unknown'], already: 'on already, archived or being deleted' },
  stop: { verb: 'Stop', going: 'Stopping', from: ['running', 'creating', 'unhealthy', 'unknown'], already: 'stopped already, archived or being deleted' },
  restart: { verb: 'Restart', going: 'Restarting', from: ['running', 'stopped', 'creating', 'unhealthy', 'unknown'], already: 'archived or being deleted' },
  delete: { verb: 'Delete', going: 'Deleting', from: ['running', 'stopped', 'creating', 'unhealthy', 'unknown', 'archived'], already: 'being deleted already' },
};

/** Those of the chosen for which the action does something; the batch skips the others. */
export function affectedBy(action: BatchAction, workspaces: readonly ListedWorkspace[]): ListedWorkspace[] {
  return workspaces.filter(({ status }) => actionWords[action].from.includes(status));
}

/** `Stop 12 workspaces`. */
export function batchTitle({ action, counts: { total } }: Pick<BatchView, 'action' | 'counts'>): string {
  return `${actionWords[action].verb} ${count(total, 'workspace')}`;
}

/** Items of which nothing more comes. */
export function settledCount({ counts }: Pick<BatchView, 'counts'>): number {
  return counts.total - counts.pending - counts.working;
}

/** How a batch stands; one that is done says so in red when something failed. */
export function batchLook({ status, counts }: Pick<BatchView, 'status' | 'counts'>): StateLook {
  switch (status) {
    case 'running':
      return { tone: 'running', icon: LoaderCircle, word: 'In progress', spins: true };
    case 'stopped':
      return { tone: 'stopped', icon: Ban, word: 'Stopped' };
    case 'broken':
      return { tone: 'failed', icon: OctagonX, word: 'Stopped by itself' };
    case 'done':
      return counts.failed > 0 ? { tone: 'failed', icon: CircleX, word: `Done, ${counts.failed} failed` } : { tone: 'succeeded', icon: CircleCheck, word: 'Done' };
  }
}

export const itemLooks: Readonly<Record<BatchItem['status'], StateLook>> = {
  pending: { tone: 'queued', icon: Clock, word: 'Waiting' },
  working: { tone: 'running', icon: LoaderCircle, word: 'In progress', spins: true },
  succeeded: { tone: 'succeeded', icon: CircleCheck, word: 'Done' },
  failed: { tone: 'failed', icon: CircleX, word: 'Failed' },
  skipped: { tone: 'stopped', icon: CircleDashed, word: 'Nothing to do' },
  cancelled: { tone: 'stopped', icon: CircleSlash, word: 'Not done' },
};
