import { and, eq, inArray } from 'drizzle-orm';
import type { DiffBase } from '@/contract/review';
import { runs } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { RunAccess } from '@/server/runs/access';
import { firstRunOf } from '@/server/runs/claude-session';
import { conversationBase } from '@/server/runs/review/conversation-bases';
import { reportedTrees } from '@/server/runs/review/reported-trees';
import { runPlace } from '@/server/runs/run-place';
import { liveRunStatuses, type RunRow } from '@/server/runs/run-status';

/** The working tree of a run, by the name that the wrapper knows it by. All runs of a conversation share it. */
export async function worktreeOf(run: RunRow): Promise<string> {
  return `worktrees/${await firstRunOf(run)}`;
}

/** The commit that a diff of the run begins at. Throws `precondition` when nobody knows it (any more). */
export async function baseOf({ run }: RunAccess, against: DiffBase): Promise<string> {
  const base = (against === 'conversation' ? await conversationBase(run) : null) ?? run.treeBefore ?? (await reportedTrees(runPlace(run))).before ?? run.baseCommit;
  if (base === null) throw new AnyonError('precondition', `Where run #${run.number} began is not known: it has not begun, or its files are gone.`);
  return base;
}

/** Throws `conflict` while any run of the conversation is on, or waits to go on: its files are not to change under it. */
export async function assertNobodyWorks({ run }: RunAccess, doing: string): Promise<void> {
  const [busy] = await database()
    .select({ number: runs.number })
    .from(runs)
    .where(and(eq(runs.workspaceId, run.workspaceId), eq(runs.claudeSessionId, run.claudeSessionId), inArray(runs.status, liveRunStatuses)));
  if (busy) throw new AnyonError('conflict', `Run #${busy.number} is at work in these files. Stop it, or wait for its end, then ${doing}.`);
}

/** The container was made from an image in which the wrapper cannot do this yet. */
export function noSuchVerb(what: string): AnyonError {
  return new AnyonError('precondition', `${what} needs a newer image than the one this container was made from. Build it with \`npm run images\`, then change the image of the workspace or delete its container, and start it again.`);
}
