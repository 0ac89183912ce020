import { and, desc, eq, getTableColumns, gt, inArray, sql, type AnyColumn, type Placeholder, type SQL } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import { isFinal, runStatuses } from '@/contract/run';
import { openTaskStatuses } from '@/contract/task';
import type { ListedWorkspace, WorkspaceView } from '@/contract/workspace';
import { builtOnce } from '@/db/built-once';
import type { DatabaseOrTransaction } from '@/db/client';
import { columnsAsOne } from '@/db/columns-as-one';
import { engineState, runs, tasks, users, workspaceMetrics, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import { idleStopAt } from '@/server/workspaces/idle-stop';
import { toListedWorkspace, toWorkspaceView, unlistedColumns } from '@/server/workspaces/workspace-view';

/** What a stop of the workspace would end; a parked run only waits longer. */
const activeRunStatuses = runStatuses.filter((status) => !isFinal(status) && status !== 'parked');

/** An older reading says nothing about now. */
const METRICS_TRUE_FOR = sql`interval '60 seconds'`;

/** The workspaces the actor may use, newest first: all of them, or those of `among` (ids), which may hold any. */
export async function listWorkspaces(actor: Actor, among?: readonly string[]): Promise<ListedWorkspace[]> {
  const rows = await listed(database(), actor.role === 'admin', among !== undefined).execute({ ownerId: actor.userId, among: `{${among?.join() ?? ''}}` });
  return rows.map(toListedWorkspace);
}

const listed = builtOnce('listed_workspaces', (db, everybodys: boolean, some: boolean) =>
  workspacesQuery(db, { ownerId: everybodys ? null : sql.placeholder('ownerId'), among: some ? sql.placeholder('among') : null }),
);

/** The statement behind it: of one owner, or of all; whichever they are, or those of an array of ids. */
export function workspacesQuery(database: DatabaseOrTransaction, { ownerId, among }: { ownerId: string | Placeholder | null; among: Placeholder | null }) {
  const where = and(ownerId === null ? undefined : eq(workspaces.ownerId, ownerId), isAmong(among, workspaces.id));
  return selectViews(database, listedColumns(), among).where(where).orderBy(desc(workspaces.createdAt), desc(workspaces.id));
}

function isAmong(ids: Placeholder | null, id: AnyColumn): SQL | undefined {
  return ids === null ? undefined : sql`${id} = any(${ids}::uuid[])`;
}

function listedColumns() {
  const columns = getTableColumns(workspaces);
  const listed = Object.entries(columns).filter(([name]) => !(unlistedColumns as readonly string[]).includes(name));
  return Object.fromEntries(listed) as Omit<typeof columns, (typeof unlistedColumns)[number]>;
}

/** One workspace as it stands now. */
export async function getWorkspace(access: WorkspaceAccess): Promise<WorkspaceView> {
  const [row] = await oneView(database()).execute({ workspaceId: access.workspace.id });
  if (!row) throw new AnyonError('not_found', 'This workspace has been deleted.');
  return toWorkspaceView(row);
}

const oneView = builtOnce('one_workspace', (db) => selectViews(db, getTableColumns(workspaces)).where(eq(workspaces.id, sql.placeholder('workspaceId'))));

const { workspaceId: _of, ...readingColumns } = getTableColumns(workspaceMetrics);

/** All that a view needs, in one statement. Tasks under way, live runs and young readings are few, so each set is read once, not once per workspace: of all, or of those `among` which all are that the caller asks for. */
function selectViews<Columns extends Record<string, AnyColumn>>(database: DatabaseOrTransaction, columns: Columns, among: Placeholder | null = null) {
  const task = database
    .selectDistinctOn([tasks.workspaceId], {
      workspaceId: tasks.workspaceId,
      row: columnsAsOne({ id: tasks.id, kind: tasks.kind, status: tasks.status, statusReason: tasks.statusReason, statusSince: tasks.statusSince, retryAt: tasks.retryAt }).as('task'),
    })
    .from(tasks)
    .where(and(inArray(tasks.status, [...openTaskStatuses]), isAmong(among, tasks.workspaceId)))
    .orderBy(tasks.workspaceId, desc(tasks.fence)) // the newest; an older one is just being ended
    .as('task');
  const reading = database
    .selectDistinctOn([workspaceMetrics.workspaceId], { workspaceId: workspaceMetrics.workspaceId, row: columnsAsOne(readingColumns).as('reading') })
    .from(workspaceMetrics)
    .where(and(gt(workspaceMetrics.at, sql`now() - ${METRICS_TRUE_FOR}`), isAmong(among, workspaceMetrics.workspaceId)))
    .orderBy(workspaceMetrics.workspaceId, desc(workspaceMetrics.at))
    .as('reading');
  const active = database
    .select({ workspaceId: runs.workspaceId, count: sql<number>`count(*)::int`.as('count') })
    .from(runs)
    .where(and(inArray(runs.status, activeRunStatuses), isAmong(among, runs.workspaceId)))
    .groupBy(runs.workspaceId)
    .as('active');
  // Numbers rise with time: the newest run is one step in their index, however many there were.
  const latest = database.select({ at: runs.createdAt }).from(runs).where(eq(runs.workspaceId, workspaces.id)).orderBy(desc(runs.number)).limit(1).as('latest');
  return database
    .select({
      workspace: columnsAsOne(columns),
      ownerLogin: users.login,
      task: task.row,
      reading: reading.row,
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
