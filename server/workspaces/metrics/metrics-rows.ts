import { and, desc, eq, inArray, isNotNull, lt, sql } from 'drizzle-orm';
import { METRICS_KEPT_MINUTES, type Metrics } from '@/contract/metrics';
import { workspaceMetrics, workspaces } from '@/db/schema';
import { database } from '@/server/database';

/** A workspace whose container runs or is just being made ready. */
export interface MeasuredWorkspace {
  id: string;
  containerId: string;
}

/** The states in which a container may run that is ours to read. */
const measured = ['running', 'creating', 'unknown', 'unhealthy'] as const;

export async function findMeasuredWorkspaces(): Promise<MeasuredWorkspace[]> {
  const rows = await database()
    .select({ id: workspaces.id, containerId: workspaces.containerId })
    .from(workspaces)
    .where(and(inArray(workspaces.status, [...measured]), isNotNull(workspaces.containerId)));
  return rows.flatMap(({ id, containerId }) => (containerId === null ? [] : [{ id, containerId }]));
}

/** A reading as it is stored. */
export type NewReading = Metrics & { workspaceId: string };

/** Stores all of them in one statement, which wakes the listeners once. One whose workspace is gone by now is left out. */
export async function storeReadings(readings: readonly NewReading[]): Promise<void> {
  if (readings.length === 0) return;
  await database().execute(sql`
    insert into workspace_metrics (workspace_id, at, cpus, memory_bytes, memory_limit_bytes, pids, network_received_bytes, network_sent_bytes, disk_bytes)
    select r."workspaceId", r.at, r.cpus, r."memoryBytes", r."memoryLimitBytes", r.pids, r."networkReceivedBytes", r."networkSentBytes", r."diskBytes"
    from jsonb_to_recordset(${JSON.stringify(readings)}::jsonb) as r(
      "workspaceId" uuid, at timestamptz, cpus float8, "memoryBytes" int8, "memoryLimitBytes" int8, pids int,
      "networkReceivedBytes" int8, "networkSentBytes" int8, "diskBytes" int8)
    join workspaces on workspaces.id = r."workspaceId"
    for key share of workspaces`);
}

/** Deletes what is older than readings are kept. */
export async function pruneReadings(): Promise<void> {
  await database().delete(workspaceMetrics).where(lt(workspaceMetrics.at, sql`now() - make_interval(mins => ${METRICS_KEPT_MINUTES})`));
}

/** The disk use that was last stored for each workspace, for a collector that has just begun. */
export async function lastKnownDiskUse(): Promise<Map<string, number>> {
  const rows = await database()
    .selectDistinctOn([workspaceMetrics.workspaceId], { workspaceId: workspaceMetrics.workspaceId, diskBytes: workspaceMetrics.diskBytes })
    .from(workspaceMetrics)
    .where(isNotNull(workspaceMetrics.diskBytes))
    .orderBy(workspaceMetrics.workspaceId, desc(workspaceMetrics.at));
  return new Map(rows.map((row) => [row.workspaceId, row.diskBytes ?? 0]));
}

const columns = {
  at: workspaceMetrics.at,
  cpus: workspaceMetrics.cpus,
  memoryBytes: workspaceMetrics.memoryBytes,
  memoryLimitBytes: workspaceMetrics.memoryLimitBytes,
  pids: workspaceMetrics.pids,
  networkReceivedBytes: workspaceMetrics.networkReceivedBytes,
  networkSentBytes: workspaceMetrics.networkSentBytes,
  diskBytes: workspaceMetrics.diskBytes,
};

/** The readings of the last hour, oldest first. */
export async function readHour(workspaceId: string): Promise<Metrics[]> {
  return database()
    .select(columns)
    .from(workspaceMetrics)
    .where(and(eq(workspaceMetrics.workspaceId, workspaceId), sql`${workspaceMetrics.at} > now() - interval '1 hour'`))
    .orderBy(workspaceMetrics.at);
}

/** The latest reading of every workspace that has one of the last `seconds`, with the workspace's owner. One question. */
export async function readLatest(seconds: number): Promise<Array<{ workspaceId: string; ownerId: string; metrics: Metrics }>> {
  const rows = await database()
    .selectDistinctOn([workspaceMetrics.workspaceId], { workspaceId: workspaceMetrics.workspaceId, ownerId: workspaces.ownerId, metrics: columns })
    .from(workspaceMetrics)
    .innerJoin(workspaces, eq(workspaces.id, workspaceMetrics.workspaceId))
    .where(sql`${workspaceMetrics.at} > now() - make_interval(secs => ${seconds})`)
    .orderBy(workspaceMetrics.workspaceId, desc(workspaceMetrics.at));
  return rows;
}
