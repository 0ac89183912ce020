import { and, inArray, isNotNull, sql } from 'drizzle-orm';
import { runs, workspaces } from '@/db/schema';
import { database } from '@/server/database';

/** A workspace whose disk use may grow: its container runs, or may run. */
export interface GrowingWorkspace {
  id: string;
  containerId: string;
  limitBytes: number | null;
  startedAt: Date | null;
  /** When a run of it last ended. */
  lastRunEndedAt: Date | null;
}

export async function findGrowingWorkspaces(): Promise<GrowingWorkspace[]> {
  // Named in full: Drizzle leaves the table out where there is only one, and the inner query's own columns would be meant.
  const lastRunEndedAt = sql<Date | null>`(select max(runs.finished_at) from runs where runs.workspace_id = workspaces.id)`.mapWith(runs.finishedAt);
  const rows = await database()
    .select({ id: workspaces.id, containerId: workspaces.containerId, limitBytes: workspaces.diskBytes, startedAt: workspaces.containerStartedAt, lastRunEndedAt })
    .from(workspaces)
    .where(and(inArray(workspaces.status, ['running', 'creating', 'unhealthy']), isNotNull(workspaces.containerId)));
  return rows.flatMap(({ containerId, ...row }) => (containerId === null ? [] : [{ ...row, containerId }]));
}
