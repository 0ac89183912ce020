import { listedWorkspaceSchema, workspaceViewSchema, type ListedWorkspace, type WorkspaceView } from '@/contract/workspace';
import type { workspaceMetrics } from '@/db/schema';
import { isRestricted } from '@/server/egress/workspace-network';
import { nextStep, type OpenTask } from '@/server/workspaces/next-step';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

/** Columns that only the page of a workspace shows, or none: a list of two hundred does without. */
export const unlistedColumns = ['steps', 'setupScript', 'setupDoneAt', 'fromRemovedId', 'subnet', 'lastUsedAt', 'fence', 'nextRunNumber', 'archivedAt', 'changeSeq'] as const satisfies readonly (keyof WorkspaceRow)[];

/** What the view query reads for one workspace of a list. */
export interface ListedRow {
  workspace: Omit<WorkspaceRow, (typeof unlistedColumns)[number]>;
  ownerLogin: string;
  task: OpenTask | null;
  reading: Omit<typeof workspaceMetrics.$inferSelect, 'workspaceId'> | null;
  engineAnsweredAt: Date | null;
  activeRuns: number;
  lastRunAt: Date | null;
  idleStopAt: Date | null;
}

/** And for its own page. */
export interface ViewRow extends ListedRow {
  workspace: WorkspaceRow;
}

/** A row as the API and the pages see it. */
export function toWorkspaceView(row: ViewRow): WorkspaceView {
  const steps = row.workspace.steps.map((step) => ({ ...step, startedAt: toDate(step.startedAt), endedAt: toDate(step.endedAt) }));
  return workspaceViewSchema.parse({ ...shownOf(row), setupScript: row.workspace.setupScript, steps });
}

/** The same in a list. */
export function toListedWorkspace(row: ListedRow): ListedWorkspace {
  return listedWorkspaceSchema.parse(shownOf(row));
}

function shownOf(row: ListedRow) {
  const { workspace, task, activeRuns, lastRunAt, idleStopAt } = row;
  return {
    ...workspace,
    owner: { id: workspace.ownerId, login: row.ownerLogin },
    nextStep: nextStep(workspace, task),
    limits: { memoryBytes: workspace.memoryBytes, cpus: workspace.cpus, pids: workspace.pids, diskBytes: workspace.diskBytes },
    container: { id: workspace.containerId, status: workspace.containerStatus, startedAt: workspace.containerStartedAt, runtime: workspace.runtime },
    metrics: workspace.status === 'running' ? row.reading : null,
    lastError: workspace.lastError && workspace.lastErrorClass && workspace.lastErrorAt ? { message: workspace.lastError, class: workspace.lastErrorClass, at: workspace.lastErrorAt } : null,
    lastUpdatedAt: lastConfirmedAt(row),
    task: task && { id: task.id, kind: task.kind, status: task.status, reason: task.statusReason, since: task.statusSince },
    recovery: {
      maxRetries: workspace.recoveryMaxRetries,
      backoffSeconds: workspace.recoveryBackoffSeconds,
      fallback: workspace.recoveryFallback,
      attempts: workspace.recoveryAttempts,
      nextAt: workspace.recoveryNextAt,
    },
    egress: { level: workspace.egressLevel, hosts: workspace.egressHosts },
    restartNeeded: restartNeeded(workspace),
    idleStopAt,
    activeRuns,
    lastRunAt,
  };
}

/** The engine lists all containers at each answer, so its last answer confirms every state; a move or a reading may be younger. */
function lastConfirmedAt({ workspace: { status, statusSince }, engineAnsweredAt, reading }: ListedRow): Date {
  if (status === 'unknown' && engineAnsweredAt) return engineAnsweredAt;
  return new Date(Math.max(statusSince.getTime(), engineAnsweredAt?.getTime() ?? 0, reading?.at.getTime() ?? 0));
}

/** Hosts of an allow-list apply at once; whether there is another way out than the proxy is decided when the network is made. */
function restartNeeded({ status, image, containerImage, egressLevel, containerEgressLevel }: ListedRow['workspace']): boolean {
  if (status !== 'running' || containerImage === null) return false;
  return image !== containerImage || (containerEgressLevel !== null && isRestricted(egressLevel) !== isRestricted(containerEgressLevel));
}

function toDate(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
