import { desc, eq, max, notInArray, sql } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import { workspaceViewSchema, type WorkspaceStatus, type WorkspaceView } from '@/contract/workspace';
import { runs, users, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

const finalRunStatuses = ['succeeded', 'failed', 'stopped', 'interrupted', 'lost'] as const;

/** The workspaces the actor may use, newest first. */
export async function listWorkspaces(actor: Actor): Promise<WorkspaceView[]> {
  const where = actor.role === 'admin' ? undefined : eq(workspaces.ownerId, actor.userId);
  return (await selectViews().where(where).groupBy(workspaces.id, users.id).orderBy(desc(workspaces.createdAt))).map(toView);
}

/** One workspace as it stands now. */
export async function getWorkspace(access: WorkspaceAccess): Promise<WorkspaceView> {
  const [row] = await selectViews().where(eq(workspaces.id, access.workspace.id)).groupBy(workspaces.id, users.id);
  if (!row) throw new AnyonError('not_found', 'This workspace has been deleted.');
  return toView(row);
}

function selectViews() {
  return database()
    .select({
      workspace: workspaces,
      ownerLogin: users.login,
      activeRuns: sql<number>`count(${runs.id}) filter (where ${notInArray(runs.status, [...finalRunStatuses])})::int`,
      lastRunAt: max(runs.createdAt),
    })
    .from(workspaces)
    .innerJoin(users, eq(users.id, workspaces.ownerId))
    .leftJoin(runs, eq(runs.workspaceId, workspaces.id))
    .$dynamic();
}

interface ViewRow {
  workspace: WorkspaceRow;
  ownerLogin: string;
  activeRuns: number;
  lastRunAt: Date | null;
}

function toView({ workspace, ownerLogin, activeRuns, lastRunAt }: ViewRow): WorkspaceView {
  return workspaceViewSchema.parse({
    ...workspace,
    owner: { id: workspace.ownerId, login: ownerLogin },
    nextStep: nextStep(workspace.status),
    steps: workspace.steps.map((step) => ({ ...step, startedAt: toDate(step.startedAt), endedAt: toDate(step.endedAt) })),
    limits: { memoryBytes: workspace.memoryBytes, cpus: workspace.cpus, pids: workspace.pids, diskBytes: workspace.diskBytes },
    container: { id: workspace.containerId, status: workspace.containerStatus, startedAt: workspace.containerStartedAt, runtime: workspace.runtime },
    metrics: null,
    lastError: null,
    lastUpdatedAt: workspace.statusSince,
    task: null,
    recovery: {
      maxRetries: workspace.recoveryMaxRetries,
      backoffSeconds: workspace.recoveryBackoffSeconds,
      fallback: workspace.recoveryFallback,
      attempts: workspace.recoveryAttempts,
      nextAt: workspace.recoveryNextAt,
    },
    egress: { level: workspace.egressLevel, hosts: workspace.egressHosts },
    idleStopAt: null,
    restartNeeded: false,
    activeRuns,
    lastRunAt,
  });
}

function toDate(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}

function nextStep(status: WorkspaceStatus): string | null {
  switch (status) {
    case 'creating':
      return 'It is ready when the checklist is done.';
    case 'stopped':
      return 'Start it to go on. Its files are kept.';
    case 'unhealthy':
      return 'Start it again, or delete it.';
    case 'unknown':
      return 'Anyon asks Docker again every few seconds.';
    case 'deleting':
      return 'It disappears when its container and files are removed.';
    case 'archived':
      return 'Restore it to go on.';
    case 'running':
      return null;
  }
}
