import { desc, eq, gt, inArray, sql } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import { isFinal, runStatuses } from '@/contract/run';
import { openTaskStatuses } from '@/contract/task';
import type { WorkspaceView } from '@/contract/workspace';
import { engineState, runs, tasks, users, workspaceMetrics, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import { idleStopAt } from '@/server/workspaces/idle-stop';
import { toWorkspaceView } from '@/server/workspaces/workspace-view';

/** What a stop of the workspace would end; a parked run only waits longer. */
const activeRunStatuses = runStatuses.filter((status) => !isFinal(status) && status !== 'parked');

/** An older reading says nothing about now. */
const METRICS_TRUE_FOR = sql`interval '60 seconds'`;

/** The workspaces the actor may use, newest first. */
export async function listWorkspaces(actor: Actor): Promise<WorkspaceView[]> {
  return (await workspacesQuery(actor)).map(toWorkspaceView);
}

/** The statement behind it. */
export function workspacesQuery(actor: Actor) {
  const where = actor.role === 'admin' ? undefined : eq(workspaces.ownerId, actor.userId);
  return selectViews().where(where).orderBy(desc(workspaces.createdAt), desc(workspaces.id));
}

/** One workspace as it stands now. */
export async function getWorkspace(access: WorkspaceAccess): Promise<WorkspaceView> {
  const [row] = await selectViews().where(eq(workspaces.id, access.workspace.id));
  if (!row) throw new AnyonError('not_found', 'This workspace has been deleted.');
  return toWorkspaceView(row);
}

/** All that a view needs, in one statement. Tasks under way and young readings are few, so each set is read once, not once per workspace. */
function selectViews() {
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
  const ofRuns = database()
    .select({
      active: sql<number>`(count(*) filter (where ${inArray(runs.status, activeRunStatuses)}))::int`.as('active'),
      lastAt: sql`max(${runs.createdAt})`.mapWith(runs.createdAt).as('last_at'),
    })
    .from(runs)
    .where(eq(runs.workspaceId, workspaces.id))
    .as('of_runs');
  return database()
    .select({
      workspace: workspaces,
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
      activeRuns: ofRuns.active,
      lastRunAt: ofRuns.lastAt,
      idleStopAt,
    })
    .from(workspaces)
    .innerJoin(users, eq(users.id, workspaces.ownerId))
    .innerJoinLateral(ofRuns, sql`true`)
    .leftJoin(task, eq(task.workspaceId, workspaces.id))
    .leftJoin(reading, eq(reading.workspaceId, workspaces.id))
    .leftJoin(engineState, eq(engineState.id, 1))
    .$dynamic();
}
