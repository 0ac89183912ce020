import type { TaskKind } from '@/contract/task';
import type { tasks } from '@/db/schema';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

/** The task of a workspace that is under way or waits. */
export type OpenTask = Pick<typeof tasks.$inferSelect, 'id' | 'kind' | 'status' | 'statusReason' | 'statusSince' | 'retryAt'>;

type Shown = Pick<WorkspaceRow, 'status' | 'clonedAt' | 'recoveryNextAt' | 'recoveryAttempts' | 'recoveryMaxRetries'>;

const after: Readonly<Record<TaskKind, string>> = {
  create: 'It is ready when the checklist is done.',
  start: 'It is ready when the checklist is done.',
  restart: 'It is ready when the checklist is done.',
  stop: 'It is stopped in a moment. Its files are kept.',
  archive: 'It is archived when its container is gone. Its files are kept.',
  delete: 'It disappears when its container and files are removed.',
  sync: 'It is compared with Docker and put right.',
};

/** What happens next by itself, or what a person can do, as a sentence; null when nothing has to. `task` is the one under way. */
export function nextStep(workspace: Shown, task: OpenTask | null, now: number = Date.now()): string | null {
  if (task) return nextOfTask(task, now);
  const { recoveryNextAt, recoveryAttempts, recoveryMaxRetries } = workspace;
  if (recoveryNextAt) return `Anyon brings it back ${inWords(recoveryNextAt, now)} (try ${recoveryAttempts + 1} of ${recoveryMaxRetries}). Start it to do so at once, or stop it.`;
  switch (workspace.status) {
    case 'creating':
      return 'Nobody is working on it; Anyon takes it up within a minute.';
    case 'stopped':
      return `Start it to go on.${filesKept(workspace)}`;
    case 'unhealthy':
      return 'Start it again, or delete it.';
    case 'unknown':
      return 'Anyon asks Docker again every few seconds.';
    case 'deleting':
      return 'Anyon takes the deletion up within a minute.';
    case 'archived':
      return `Restore it to go on.${filesKept(workspace)}`;
    case 'running':
      return null;
  }
}

/** Nothing of the kind where nothing was cloned yet, or since it came back from a backup. */
function filesKept({ clonedAt }: Pick<WorkspaceRow, 'clonedAt'>): string {
  return clonedAt === null ? '' : ' Its files are kept.';
}

function nextOfTask({ kind, status, retryAt }: OpenTask, now: number): string {
  if (status === 'waiting') return 'It goes on by itself as soon as what it waits for is there. Cancel it to leave it as it is.';
  if (status === 'retrying' && retryAt) return `It is tried again ${inWords(retryAt, now)}. ${kind === 'delete' ? '' : 'Cancel it to leave it as it is.'}`.trim();
  if (status === 'queued') return `It waits for its turn. ${after[kind]}`;
  return after[kind];
}

function inWords(at: Date, now: number): string {
  const seconds = Math.ceil((at.getTime() - now) / 1_000);
  if (seconds <= 1) return 'in a moment';
  return seconds < 90 ? `in ${seconds} seconds` : `in ${Math.round(seconds / 60)} minutes`;
}
