import { desc, eq, getTableColumns, gt, inArray, sql } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import { isFinal, runStatuses } from '@/contract/run';
import { openTaskStatuses } from '@/contract/task';
import type { ListedWorkspace, WorkspaceView } from '@/contract/workspace';
import { engineState, runs, tasks, users, workspaceMetrics, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import { idleStopAt } from '@/server/workspaces/idle-stop';
import { toListedWorkspace, toWorkspaceView } from '@/server/workspaces/workspace-view';

/** What a stop of the workspace would end; a parked run only waits longer. */
const activeRunStatuses = runStatuses.filter((status) => !isFinal(status) && status !== 'parked');

/** An older reading says nothing about now. */
const METRICS_TRUE_FOR = sql`interval '60 seconds'`;

/** The workspaces the actor may use, newest first. */
export async function listWorkspaces(actor: Actor): Promise<ListedWorkspace[]> {
  return (await workspacesQuery(actor)).map(toListedWorkspace);
}

/** The statement behind it. */
export function workspacesQuery(actor: Actor) {
  const where = actor.role === 'admin' ? undefined : eq(workspaces.ownerId, actor.userId);
  const { steps: _steps, setupScript: _script, ...listed } = getTableColumns(workspaces);
  return selectViews(listed).where(where).orderBy(desc(workspaces.createdAt), desc(workspaces.id));
}

/** One workspace as it stands now. */
export async function getWorkspace(access: WorkspaceAccess): Promise<WorkspaceView> {
  const [row] = await selectViews(getTableColumns(workspaces)).where(eq(workspaces.id, access.workspace.id));
  if (!row) throw new AnyonError('not_found', 'This workspace has been deleted.');
  return toWorkspaceView(row);
}

/** All that a view needs, in one statement. Tasks under way, live runs and young readings are few, so each set is read once, not once per workspace. */
function selectViews<Columns extends Partial<typeof workspaces._.columns>>(columns: Columns) {
  const task = database()
    .selectDistinctOn([tasks.workspaceId])
    .from(tasks)
    .where(inArray(tasks.status, [...openTaskStatuses]))
    .orderBy(tasks.workspaceId, desc(tasks.fence)) // the newest; an older one is just being ended
    .as('task');
  const reading = database()
    .selectDistinctOn([workspaceMetrics.workspaceId])
    .from(workspaceMetrics)
    .where(gt(workspaceMetrics.at, sql`now() - ${METRICS_TRUE_FOR}`))
    .orderBy(workspaceMetrics.workspaceId, desc(workspaceMetrics.at))
    .as('reading');
  const active = database()
    .select({ workspaceId: runs.workspaceId, count: sql<number>`count(*)::int`.as('count') })
    .from(runs)
    .where(inArray(runs.status, activeRunStatuses))
    .groupBy(runs.workspaceId)
    .as('active');
  // Numbers rise with time: the newest run is one step in their index, however many there were.
  const latest = database().select({ at: runs.createdAt }).from(runs).where(eq(runs.workspaceId, workspaces.id)).orderBy(desc(runs.number)).limit(1).as('latest');
  return database()
    .select({
      workspace: columns,
      ownerLogin: users.login,
      task: { id: task.id, kind: task.kind, status: task.status, statusReason: task.statusReason, statusSince: task.statusSince, retryAt: task.retryAt },
      reading: {
        at: reading.at,
        cpus: reading.cpus,
        memoryBytes: reading.memoryBytes,
        memoryLimitBytes: reading.memoryLimitBytes,
        pids: reading.pids,
        networkReceivedBytes: reading.networkReceivedBytes,
        networkSentBytes: reading.networkSentBytes,
        diskBytes: reading.diskBytes,
      },
      engineAnsweredAt: engineState.lastAnswerAt,
      activeRuns: sql<number>`coalesce(${active.count}, 0)`,
      lastRunAt: latest.at,
      idleStopAt,
    })
    .from(workspaces)
    .innerJoin(users, eq(users.id, workspaces.ownerId))
    .leftJoinLateral(latest, sql`true`)
    .leftJoin(active, eq(active.workspaceId, workspaces.id))
    .leftJoin(task, eq(task.workspaceId, workspaces.id))
    .leftJoin(reading, eq(reading.workspaceId, workspaces.id))
    .leftJoin(engineState, eq(engineState.id, 1))
    .$dynamic();
}
