import { and, eq, inArray, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { PublishStep } from '@/contract/publishing';
import { isFinal, runStatuses } from '@/contract/run';
import type { DatabaseOrTransaction } from '@/db/client';
import { publishStepRows, runs, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError, describeError } from '@/server/errors';
import { log } from '@/server/log';
import { assertOpenVariant } from '@/server/workspaces/open-variant';

/** A process that dies is out of it after so long. */
const LEASE = sql`interval '20 seconds'`;
const RENEW_MS = 5_000;

const words: Record<PublishStep, string> = {
  commit: 'A commit', push: 'A push', fetch: 'A look at the base branch', rebase: 'A rebase', pull_request: 'A pull request', restore: 'A restore of files',
};
/** What changes the files under whoever works in them; a push or a look at the remote does not. */
const changesFiles: readonly PublishStep[] = ['commit', 'rebase', 'restore'];
const liveStatuses = runStatuses.filter((status) => !isFinal(status));

/** The worktree that the runs of a conversation share, named after its first run, and who asks. */
export interface WorktreeUse {
  workspaceId: string;
  firstRunId: string;
  /** From whose page it is asked for. */
  runId: string;
  userId: string;
}

/** By the clock of the database, which is everybody's. */
export function leaseEnd() {
  return sql`now() + ${LEASE}`;
}

/**
 * Takes a worktree for one step, in which no run of its conversation begins and nobody else changes it, in whatever process: whoever writes a run
 * locks the workspace's row, as this does. Throws `conflict` with who is there. Returns the id of the step.
 */
export async function takeWorktree({ workspaceId, firstRunId, runId, userId }: WorktreeUse, step: PublishStep): Promise<string> {
  const id = uuidv7();
  return database().transaction(async (tx) => {
    await tx.select({ id: workspaces.id }).from(workspaces).where(eq(workspaces.id, workspaceId)).for('update');
    await assertOpenVariant(tx, { firstRunId });
    await assertNoRunIn(tx, { workspaceId, firstRunId });
    const fresh = { id, runId, startedById: userId, step, progress: null, push: null, problem: null, startedAt: new Date(), leaseUntil: leaseEnd(), endedAt: null };
    const [taken] = await tx
      .insert(publishStepRows)
      .values({ firstRunId, ...fresh })
      .onConflictDoUpdate({ target: publishStepRows.firstRunId, set: fresh, setWhere: sql`${publishStepRows.leaseUntil} < now()` })
      .returning({ id: publishStepRows.id });
    if (taken) return taken.id;
    const [other] = await tx.select({ step: publishStepRows.step }).from(publishStepRows).where(eq(publishStepRows.firstRunId, firstRunId));
    throw underWay(other?.step ?? step, 'Wait for its end.');
  });
}

/** Renews the lease until the function that is returned is called. */
export function keepWorktree(firstRunId: string, id: string): () => void {
  const mine = and(eq(publishStepRows.firstRunId, firstRunId), eq(publishStepRows.id, id));
  const renewal = setInterval(() => {
    database().update(publishStepRows).set({ leaseUntil: leaseEnd() }).where(mine).catch((error: unknown) => log().warn({ firstRunId, reason: describeError(error) }, 'worktree: the lease cannot be renewed'));
  }, RENEW_MS);
  return () => clearInterval(renewal);
}

/** Gives the worktree back, with what stays of the step until the next one. */
export async function leaveWorktree(firstRunId: string, id: string, left: Partial<Pick<typeof publishStepRows.$inferInsert, 'conflict' | 'problem'>> = {}): Promise<void> {
  await database()
    .update(publishStepRows)
    .set({ leaseUntil: new Date(0), endedAt: sql`now()`, progress: null, push: null, ...left })
    .where(and(eq(publishStepRows.firstRunId, firstRunId), eq(publishStepRows.id, id)));
}

/** Does `work` while nobody else, and no run, changes the files of a worktree. Throws `conflict` with who does. */
export async function withWorktree<T>(use: WorktreeUse, step: PublishStep, work: () => Promise<T>): Promise<T> {
  const id = await takeWorktree(use, step);
  const stop = keepWorktree(use.firstRunId, id);
  try {
    return await work();
  } finally {
    stop();
    await leaveWorktree(use.firstRunId, id);
  }
}

/** For whoever writes a run of a conversation and has locked the workspace: throws `conflict` while somebody changes its files. */
export async function assertWorktreeIsFree(transaction: DatabaseOrTransaction, { workspaceId, claudeSessionId }: { workspaceId: string; claudeSessionId: string }): Promise<void> {
  const [busy] = await transaction
    .select({ step: publishStepRows.step })
    .from(publishStepRows)
    .innerJoin(runs, eq(runs.id, publishStepRows.firstRunId))
    .where(and(eq(runs.workspaceId, workspaceId), eq(runs.claudeSessionId, claudeSessionId), inArray(publishStepRows.step, changesFiles), sql`${publishStepRows.leaseUntil} > now()`))
    .limit(1);
  if (busy) throw underWay(busy.step, 'The next run can begin when it is done.');
}

async function assertNoRunIn(transaction: DatabaseOrTransaction, { workspaceId, firstRunId }: Pick<WorktreeUse, 'workspaceId' | 'firstRunId'>): Promise<void> {
  const session = transaction.select({ session: runs.claudeSessionId }).from(runs).where(eq(runs.id, firstRunId));
  const [busy] = await transaction
    .select({ number: runs.number })
    .from(runs)
    .where(and(eq(runs.workspaceId, workspaceId), inArray(runs.claudeSessionId, session), inArray(runs.status, liveStatuses)));
  if (busy) throw new AnyonError('conflict', `Run #${busy.number} is at work in these files. Wait for its end, or stop it.`);
}

function underWay(step: PublishStep, next: string): AnyonError {
  return new AnyonError('conflict', `${words[step]} is under way in these files already. ${next}`);
}
