import { eq } from 'drizzle-orm';
import { runs, users } from '@/db/schema';
import { database } from '@/server/database';
import type { RunRow } from '@/server/runs/run-status';

/** Who has asked for the end of the run; null when nobody has. */
export async function stoppedBy(run: Pick<RunRow, 'id'>): Promise<string | null> {
  const [row] = await database().select({ login: users.login }).from(runs).innerJoin(users, eq(users.id, runs.stopRequestedById)).where(eq(runs.id, run.id));
  return row?.login ?? null;
}
