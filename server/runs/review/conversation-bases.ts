import { and, desc, eq, isNotNull, lt } from 'drizzle-orm';
import { runs } from '@/db/schema';
import { database } from '@/server/database';
import { firstRunOf } from '@/server/runs/claude-session';
import type { ConversationKey } from '@/server/runs/next-run';
import type { RunRow } from '@/server/runs/run-status';

/** Commits that a run is compared with, where the wrapper cannot know them by itself. */
export interface DiffBases {
  /** Where the run began, when Claude was started for it before. */
  run: string | null;
  /** Where the conversation began, when that was with another run. */
  conversation: string | null;
}

/** For the command of an attempt, before it is started. */
export async function conversationBases(run: RunRow): Promise<DiffBases> {
  return { run: run.attempt > 1 ? run.treeBefore : null, conversation: await conversationBase(run) };
}

/**
 * Where the conversation began, as this run counts: after a rebase before it that is the commit onto which the work was put, for else the diff would
 * show what the base branch has done itself. Null when the conversation began with this run, or its first run is older than trees are and names no commit.
 */
export async function conversationBase(run: RunRow): Promise<string | null> {
  const firstId = await firstRunOf(run);
  if (firstId === run.id) return null;
  const rebase = await lastRebase(run, run.number);
  if (rebase) return rebase.onto;
  const [first] = await database().select({ treeBefore: runs.treeBefore, baseCommit: runs.baseCommit }).from(runs).where(eq(runs.id, firstId));
  return first?.treeBefore ?? first?.baseCommit ?? null;
}

/** The last rebase of the conversation (before run `before`), with the run after which it was; null when there was none. */
export async function lastRebase({ workspaceId, claudeSessionId }: ConversationKey, before?: number): Promise<{ onto: string; number: number } | null> {
  const [found] = await database()
    .select({ onto: runs.rebasedOnto, number: runs.number })
    .from(runs)
    .where(and(eq(runs.workspaceId, workspaceId), eq(runs.claudeSessionId, claudeSessionId), isNotNull(runs.rebasedOnto), before === undefined ? undefined : lt(runs.number, before)))
    .orderBy(desc(runs.number))
    .limit(1);
  return found?.onto ? { onto: found.onto, number: found.number } : null;
}
