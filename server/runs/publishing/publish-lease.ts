import { and, eq, inArray, sql } from 'drizzle-orm';
import type { MaskedText } from '@/contract/masked-text';
import type { PublishStep } from '@/contract/publishing';
import { publishStepRows, users } from '@/db/schema';
import type { PushUnderWay, RebaseConflict } from '@/db/schema/publishing';
import { database } from '@/server/database';
import type { RunAccess } from '@/server/runs/access';
import { keepWorktree, leaveWorktree, takeWorktree } from '@/server/workspaces/worktree-lease';

const TELL_EVERY_MS = 2_000;

/** The one who works in a worktree. */
export interface PublishLease {
  /** Names the command in the container, and its secrets. */
  id: string;
  /** Says what git says at the moment; more often than every two seconds is left out. */
  tell: (progress: MaskedText) => Promise<void>;
  /** What stays to be shown until the next step. */
  leave: (conflict: RebaseConflict) => void;
  /** Writes down what is about to be pushed, so that another process can bring it to its end. */
  begin: (push: PushUnderWay) => Promise<void>;
}

/**
 * Does `work` as the only one who commits, pushes or rebases in this worktree: a second click is refused with `conflict`, also in another process,
 * and so is a worktree in which a run is at work.
 */
export async function withPublishLease<T>(access: RunAccess, firstRunId: string, step: PublishStep, work: (lease: PublishLease) => Promise<T>): Promise<T> {
  const { actor, run } = access;
  const id = await takeWorktree({ workspaceId: run.workspaceId, firstRunId, runId: run.id, userId: actor.userId }, step);
  return underLease(firstRunId, id, work);
}

/** The same for a step that has been taken already. */
export async function underLease<T>(firstRunId: string, id: string, work: (lease: PublishLease) => Promise<T>): Promise<T> {
  const mine = and(eq(publishStepRows.firstRunId, firstRunId), eq(publishStepRows.id, id));
  const stop = keepWorktree(firstRunId, id);
  let told = 0;
  const tell = async (progress: MaskedText) => {
    if (Date.now() - told < TELL_EVERY_MS) return;
    told = Date.now();
    await database().update(publishStepRows).set({ progress }).where(mine);
  };
  let conflict: RebaseConflict | null = null;
  const leave = (left: RebaseConflict) => void (conflict = left);
  const begin = async (push: PushUnderWay) => void (await database().update(publishStepRows).set({ push }).where(mine));
  try {
    return await work({ id, tell, leave, begin });
  } finally {
    stop();
    await leaveWorktree(firstRunId, id, { conflict });
  }
}

/** The present or last step in a worktree; `isOn` while somebody works there. */
export async function publishStepIn(firstRunId: string): Promise<(typeof publishStepRows.$inferSelect & { by: string; isOn: boolean }) | null> {
  const [found] = await database()
    .select({ row: publishStepRows, by: users.login, isOn: sql<boolean>`${publishStepRows.leaseUntil} > now()` })
    .from(publishStepRows)
    .innerJoin(users, eq(users.id, publishStepRows.startedById))
    .where(eq(publishStepRows.firstRunId, firstRunId));
  return found ? { ...found.row, by: found.by, isOn: found.isOn } : null;
}

/** Of these ids, those of steps that are under way: what was put in place for them is still needed. */
export async function liveLeases(ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await database()
    .select({ id: publishStepRows.id })
    .from(publishStepRows)
    .where(and(inArray(publishStepRows.id, [...ids]), sql`${publishStepRows.leaseUntil} > now()`));
  return new Set(rows.map(({ id }) => id));
}
