import { and, desc, eq, getTableColumns, lt, not } from 'drizzle-orm';
import { runViewSchema, type FilesAway, type RunView } from '@/contract/run';
import type { VariantMark } from '@/contract/variant-mark';
import { runs } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { RunAccess } from '@/server/runs/access';
import { nextStepOf } from '@/server/runs/next-step';
import type { RunRow } from '@/server/runs/run-status';
import { isArchivedRun, variantMark } from '@/server/runs/variants/variant-mark';
import { filesAway } from '@/server/runs/worktrees/files-away';
import type { WorkspaceAccess } from '@/server/workspaces/access';

/** The runs of a workspace, newest first, at most `limit`. Those of archived variants are left out unless asked for. */
export async function listRuns(access: WorkspaceAccess, options: { limit: number; archived?: boolean; before?: number | undefined }): Promise<RunView[]> {
  const shown = options.archived ? undefined : not(isArchivedRun);
  const earlier = options.before === undefined ? undefined : lt(runs.number, options.before);
  const rows = await selectRuns().where(and(eq(runs.workspaceId, access.workspace.id), shown, earlier)).orderBy(desc(runs.number)).limit(options.limit);
  return rows.map(toView);
}

/** One run as it stands now. */
export async function getRun(access: RunAccess): Promise<RunView> {
  const [row] = await selectRuns().where(eq(runs.id, access.run.id));
  if (!row) throw new AnyonError('not_found', 'This run has been deleted with its workspace.');
  return toView(row);
}

function selectRuns() {
  return database().select({ ...getTableColumns(runs), variant: variantMark, filesAway }).from(runs);
}

function toView(row: RunRow & { variant: VariantMark | null; filesAway: FilesAway | null }): RunView {
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
