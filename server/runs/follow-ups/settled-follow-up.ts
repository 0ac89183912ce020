import { eq } from 'drizzle-orm';
import type { RunView } from '@/contract/run';
import { followUps } from '@/db/schema';
import { database } from '@/server/database';
import { requireRunAccess, type RunAccess } from '@/server/runs/access';
import { getRun } from '@/server/runs/run-queries';

/** The run that a follow-up has become; null while it waits, or when somebody took it back. */
export async function startedRunOf({ actor }: RunAccess, followUpId: string): Promise<RunView | null> {
  const [row] = await database().select({ startedRunId: followUps.startedRunId }).from(followUps).where(eq(followUps.id, followUpId));
  return row?.startedRunId ? getRun(await requireRunAccess(actor, row.startedRunId)) : null;
}
