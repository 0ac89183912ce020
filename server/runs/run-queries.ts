import { desc, eq } from 'drizzle-orm';
import { runViewSchema, type RunView } from '@/contract/run';
import { runs } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { RunAccess } from '@/server/runs/access';
import { nextStepOf } from '@/server/runs/next-step';
import type { RunRow } from '@/server/runs/run-status';
import type { WorkspaceAccess } from '@/server/workspaces/access';

/** The runs of a workspace, newest first, at most `limit`. */
export async function listRuns(access: WorkspaceAccess, options: { limit: number }): Promise<RunView[]> {
  const rows = await database().select().from(runs).where(eq(runs.workspaceId, access.workspace.id)).orderBy(desc(runs.number)).limit(options.limit);
  return rows.map(toView);
}

/** One run as it stands now. */
export async function getRun(access: RunAccess): Promise<RunView> {
  const [row] = await database().select().from(runs).where(eq(runs.id, access.run.id));
  if (!row) throw new AnyonError('not_found', 'This run has been deleted with its workspace.');
  return toView(row);
}

function toView(row: RunRow): RunView {
  return runViewSchema.parse({
    ...row,
    nextStep: nextStepOf(row),
    usage: {
      inputTokens: row.inputTokens,
      outputTokens: row.outputTokens,
      cacheReadTokens: row.cacheReadTokens,
      cacheWriteTokens: row.cacheWriteTokens,
      costUsd: row.costUsd,
      turns: row.turns,
    },
  });
}
