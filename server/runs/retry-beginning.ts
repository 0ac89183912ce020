import { eq } from 'drizzle-orm';
import { runs } from '@/db/schema';
import type { ForkedSession } from '@/server/containers/detached-command';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import { firstRunOf, sessionPlace, transcriptPath } from '@/server/runs/claude-session';
import { attemptId } from '@/server/runs/run-place';
import type { RunRow } from '@/server/runs/run-status';

/** The commit at which a run begins that was started again, and commits that hold the files as they were, the best first. */
export interface RetryPlace {
  base: string;
  files?: readonly string[];
}

/** Where a run begins that starts again from the beginning of another one: at its commit, with its files, knowing what was said before it. */
export async function retryBeginning(run: RunRow): Promise<{ place: RetryPlace; session: ForkedSession | null }> {
  const retried = await readRun(run.retriesRunId);
  const files = await filesAtBeginning(retried);
  return {
    place: { base: retried.baseCommit ?? 'HEAD', ...(files.length > 0 && { files }) },
    session: (await hasHistory(retried)) ? await forkedSession(run, retried) : null,
  };
}

/** True when something had been said in the conversation before this run: it goes on with another, or it is itself a retry of such a one. */
export async function hasHistory({ resumesRunId, retriesRunId }: RunRow): Promise<boolean> {
  if (resumesRunId !== null) return true;
  return retriesRunId !== null && hasHistory(await readRun(retriesRunId));
}

/** The transcript of its session up to the moment when it began: what was said later is later in the file. */
async function forkedSession(run: RunRow, retried: RunRow): Promise<ForkedSession> {
  const from = sessionPlace(await firstRunOf(retried));
  const to = sessionPlace(run.id);
  return {
    from: transcriptPath(from, retried.claudeSessionId),
    to: transcriptPath(to, run.claudeSessionId),
    before: (retried.startedAt ?? retried.createdAt).toISOString(),
    id: [retried.claudeSessionId, run.claudeSessionId],
    worktree: [from.worktree, to.worktree],
    branch: [retried.branch, run.branch],
  };
}

/**
 * Commits that hold the files as they were when a run began: as it noted them itself, else as the run before it left them. None for the
 * first run of a conversation, which began with the commit alone.
 */
async function filesAtBeginning(run: RunRow): Promise<string[]> {
  const before = run.resumesRunId ?? run.retriesRunId;
  if (before === null) return [];
  const noted = run.treeBefore !== null && /^[0-9a-f]{40,64}$/.test(run.treeBefore) ? [run.treeBefore] : [];
  if (run.resumesRunId === null) return [...noted, ...(await filesAtBeginning(await readRun(before)))];
  return [...noted, `refs/anyon/runs/${attemptId(await readRun(before))}`];
}

async function readRun(id: string | null): Promise<RunRow> {
  const [row] = id === null ? [] : await database().select().from(runs).where(eq(runs.id, id));
  if (!row) throw new AnyonError('precondition', 'The run from whose beginning this one starts does not exist any more. Start another run.');
  return row;
}
