import { and, eq, isNotNull } from 'drizzle-orm';
import type { RunView } from '@/contract/run';
import { runs } from '@/db/schema';
import { database } from '@/server/database';
import type { RunAccess } from '@/server/runs/access';
import { getRun } from '@/server/runs/run-queries';

/** Says that retention leaves the conversation of a run alone, or that it need not any more: then no run of it is marked. Safe to repeat. */
export async function keepRun(access: RunAccess, kept: boolean): Promise<RunView> {
  const { run } = access;
  const conversation = and(eq(runs.workspaceId, run.workspaceId), eq(runs.claudeSessionId, run.claudeSessionId));
  if (kept && run.keptAt === null) await database().update(runs).set({ keptAt: new Date() }).where(eq(runs.id, run.id));
  if (!kept) await database().update(runs).set({ keptAt: null }).where(and(conversation, isNotNull(runs.keptAt)));
  return getRun(access);
}
