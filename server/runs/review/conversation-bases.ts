import { eq } from 'drizzle-orm';
import { runs } from '@/db/schema';
import { database } from '@/server/database';
import { firstRunOf } from '@/server/runs/claude-session';
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

/** Null when the conversation began with this run, or its first run is older than trees are and names no commit. */
export async function conversationBase(run: RunRow): Promise<string | null> {
  const firstId = await firstRunOf(run);
  if (firstId === run.id) return null;
  const [first] = await database().select({ treeBefore: runs.treeBefore, baseCommit: runs.baseCommit }).from(runs).where(eq(runs.id, firstId));
  return first?.treeBefore ?? first?.baseCommit ?? null;
}
