import { and, asc, eq, inArray, or, sql } from 'drizzle-orm';
import { isFinal, runStatuses } from '@/contract/run';
import type { DatabaseOrTransaction } from '@/db/client';
import { runs, tasks, workspaceMetrics, workspaces } from '@/db/schema';
import type { Machine } from '@/server/deployment/machine';
import { env } from '@/server/env';
import { countRoom, type Asker, type Occupant, type Room, type RoomRules } from '@/server/workspaces/admission/room';

/** Any number, the same in every process of one database. */
const ADMISSION_LOCK = 7_203_513;
const upKinds = ['create', 'start', 'restart'] as const;
/** A queued run takes nothing yet, and a parked one nothing any more. */
const onStatuses = runStatuses.filter((status) => !isFinal(status) && status !== 'queued' && status !== 'parked');

/** Held until the transaction ends: whoever decides sees what was decided before, so that two never take the same memory. */
export async function lockAdmission(transaction: DatabaseOrTransaction): Promise<void> {
  await transaction.execute(sql`select pg_advisory_xact_lock(${ADMISSION_LOCK})`);
}

export function roomRules(): RoomRules {
  const { ANYON_MEMORY_RESERVE_BYTES, ANYON_MEMORY_OVERCOMMIT, ANYON_MIN_FREE_BYTES } = env();
  return { memoryReserveBytes: ANYON_MEMORY_RESERVE_BYTES, memoryOvercommit: ANYON_MEMORY_OVERCOMMIT, diskReserveBytes: ANYON_MIN_FREE_BYTES };
}

/** Counts what every workspace takes, from the rows, those with the oldest runs first. `except` is left out while it only starts: it is the one that asks. */
export async function loadRoom(db: DatabaseOrTransaction, machine: Machine, except?: string): Promise<Room> {
  // Conditions in templates of their own keep the names of their tables; a bare column of the outer one would lose it.
  const readLately = and(eq(workspaceMetrics.workspaceId, workspaces.id), sql`${workspaceMetrics.at} > greatest(now() - interval '1 minute', ${workspaces.containerStartedAt})`);
  const latestUse = sql<string | null>`(select ${workspaceMetrics.memoryBytes} from ${workspaceMetrics} where ${readLately} order by ${workspaceMetrics.at} desc limit 1)`;
  const isStarted = and(eq(tasks.workspaceId, workspaces.id), eq(tasks.status, 'running'), inArray(tasks.kind, [...upKinds]));
  const starting = sql<boolean>`exists (select from ${tasks} where ${isStarted})`;
  const rows = await db
    .select({ workspaceId: workspaces.id, workspaceName: workspaces.name, ownerId: workspaces.ownerId, limitBytes: workspaces.memoryBytes, usedBytes: latestUse, isUp: isUp(), starting })
    .from(workspaces)
    .where(or(isUp(), starting));
  const live = await db
    .select({ workspaceId: runs.workspaceId, number: runs.number })
    .from(runs)
    .where(inArray(runs.status, onStatuses))
    .orderBy(asc(runs.startedAt), asc(runs.id));
  const order = new Map([...new Set(live.map((run) => run.workspaceId))].map((workspaceId, index) => [workspaceId, index]));
  const occupants = rows
    .filter((row) => row.isUp || row.workspaceId !== except)
    .map(({ isUp: up, usedBytes, ...row }): Occupant => ({
      ...row,
      usedBytes: usedBytes === null ? null : Number(usedBytes),
      starting: row.starting && !up,
      liveRuns: live.filter((run) => run.workspaceId === row.workspaceId),
    }))
    .sort((one, other) => (order.get(one.workspaceId) ?? Infinity) - (order.get(other.workspaceId) ?? Infinity) || 0);
  return countRoom(machine, occupants, roomRules());
}

/** Its container runs, or nobody can say that it does not. */
function isUp() {
  return sql<boolean>`(${workspaces.status} in ('running', 'unknown') or ${workspaces.containerStatus} = 'running')`;
}

/** A run that wants to begin and whose workspace runs, or a task that waits: the line, in the order of asking. */
export type InLine = Asker & { since: Date };

export async function loadLine(db: DatabaseOrTransaction): Promise<InLine[]> {
  const workspace = { workspaceId: workspaces.id, workspaceName: workspaces.name, ownerId: workspaces.ownerId, limitBytes: workspaces.memoryBytes };
  const queued = await db
    .select({ ...workspace, id: runs.id, askedAt: runs.createdAt, since: runs.statusSince })
    .from(runs)
    .innerJoin(workspaces, eq(workspaces.id, runs.workspaceId))
    .where(and(eq(runs.status, 'queued'), eq(workspaces.status, 'running')));
  const waiting = await db
    .select({ ...workspace, id: tasks.id, askedAt: tasks.createdAt, since: tasks.statusSince })
    .from(tasks)
    .innerJoin(workspaces, and(eq(workspaces.id, tasks.workspaceId), eq(workspaces.fence, tasks.fence)))
    .where(eq(tasks.status, 'waiting'));
  return [...queued.map((row): InLine => ({ kind: 'run', ...row })), ...waiting.map((row): InLine => ({ kind: 'task', ...row }))].sort((one, other) => one.askedAt.getTime() - other.askedAt.getTime());
}
