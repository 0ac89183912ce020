import { and, desc, eq, getTableColumns, lt, not, sql } from 'drizzle-orm';
import { runViewSchema, type FilesAway, type RunView } from '@/contract/run';
import type { VariantMark } from '@/contract/variant-mark';
import { builtOnce } from '@/db/built-once';
import type { DatabaseOrTransaction } from '@/db/client';
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
  const rows = await selectRuns(database()).where(and(eq(runs.workspaceId, access.workspace.id), shown, earlier)).orderBy(desc(runs.number)).limit(options.limit);
  return rows.map(toView);
}

/** One run as it stands now. */
export async function getRun(access: RunAccess): Promise<RunView> {
  const [row] = await oneRun(database()).execute({ runId: access.run.id });
  if (!row) throw new AnyonError('not_found', 'This run has been deleted with its workspace.');
  return toView(row);
}

const oneRun = builtOnce('one_run', (db) => selectRuns(db).where(eq(runs.id, sql.placeholder('runId'))));

function selectRuns(db: DatabaseOrTransaction) {
  return db.select({ ...getTableColumns(runs), variant: variantMark, filesAway }).from(runs);
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
