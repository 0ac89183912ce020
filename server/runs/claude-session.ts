import { and, eq, isNull } from 'drizzle-orm';
import { lstat } from 'node:fs/promises';
import path from 'node:path';
import { runs } from '@/db/schema';
import { database } from '@/server/database';
import { workspaceFilesDir } from '@/server/deployment/paths';
import { AnyonError } from '@/server/errors';
import type { RunRow } from '@/server/runs/run-status';
import { variantObstacle } from '@/server/workspaces/open-variant';
import { FILES_TARGET, WORKTREES_PATH } from '@/server/workspaces/workspace-container';

/** Paths in the container. */
export interface SessionPlace {
  worktree: string;
  claudeFiles: string;
}

/** Where a Claude session lives, as paths in the container. All runs of the session share it; it is named after the first. */
export function sessionPlace(firstRunId: string): SessionPlace {
  return { worktree: `${WORKTREES_PATH}/${firstRunId}`, claudeFiles: `${FILES_TARGET}/.anyon/claude/${firstRunId}` };
}

/** The conversation as the CLI keeps it, under its own naming: the working directory with everything but letters and digits replaced. */
export function transcriptPath({ worktree, claudeFiles }: SessionPlace, claudeSessionId: string): string {
  return `${claudeFiles}/projects/${worktree.replace(/[^A-Za-z0-9]/g, '-')}/${claudeSessionId}.jsonl`;
}

/** The run with which this run's Claude session began; itself unless it goes on with another. */
export async function firstRunOf(run: Pick<RunRow, 'id' | 'workspaceId' | 'resumesRunId' | 'claudeSessionId'>): Promise<string> {
  if (!run.resumesRunId) return run.id;
  const [first] = await database()
    .select({ id: runs.id })
    .from(runs)
    .where(and(eq(runs.workspaceId, run.workspaceId), eq(runs.claudeSessionId, run.claudeSessionId), isNull(runs.resumesRunId)));
  if (!first) throw new AnyonError('precondition', 'The run with which this Claude session began does not exist any more. Start another run.');
  return first.id;
}

/** What there is of a run's session. Only looks; a file that the container put in its place decides nothing but this answer. */
export async function lookAtSession(run: RunRow): Promise<{ firstRunId: string; hasWorktree: boolean; hasTranscript: boolean }> {
  const firstRunId = await firstRunOf(run);
  const place = sessionPlace(firstRunId);
  const [tree, conversation] = await Promise.all([lookAt(run, place.worktree), lookAt(run, transcriptPath(place, run.claudeSessionId))]);
  return { firstRunId, hasWorktree: tree?.isDirectory() ?? false, hasTranscript: conversation?.isFile() ?? false };
}

/** Throws `precondition` with a sentence when there is nothing to go on with: the worktree is gone, or Claude had not begun. */
export async function assertSessionExists(run: RunRow): Promise<void> {
  const obstacle = await variantObstacle(database(), run);
  if (obstacle !== null) throw new AnyonError('precondition', obstacle);
  const { hasWorktree, hasTranscript } = await lookAtSession(run);
  if (!hasWorktree) throw new AnyonError('precondition', `The worktree of run #${run.number} does not exist any more, so there is nothing to go on with. Start another run.`);
  if (!hasTranscript) throw new AnyonError('precondition', `Claude had not begun when run #${run.number} ended, so there is nothing to go on with. Start another run.`);
}

async function lookAt({ workspaceId }: RunRow, pathInContainer: string) {
  return lstat(path.join(workspaceFilesDir(workspaceId), path.relative(FILES_TARGET, pathInContainer))).catch(() => null);
}
