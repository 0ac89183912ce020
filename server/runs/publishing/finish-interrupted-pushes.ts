import { and, eq, isNotNull, isNull, sql } from 'drizzle-orm';
import { publishStepRows, runs, users, workspaces } from '@/db/schema';
import type { PushUnderWay } from '@/db/schema/publishing';
import { database } from '@/server/database';
import { AnyonError, describeError, isAnyonError } from '@/server/errors';
import { log } from '@/server/log';
import type { Pusher } from '@/server/runs/publishing/push-token';
import { pushUnderLease } from '@/server/runs/publishing/push-branch';
import { refreshAfterPush } from '@/server/runs/publishing/refresh-pull-request';
import { worktreeOf, type Worktree } from '@/server/runs/publishing/worktree';
import { maskTokens, plainWords } from '@/server/secrets/masked-text';
import { mayUse } from '@/server/workspaces/access';
import { keepWorktree, leaseEnd, leaveWorktree } from '@/server/workspaces/worktree-lease';

const NO_PULL_REQUEST = plainWords('Anyon was stopped before the pull request was opened. The branch is pushed; open the pull request again, and one that is there already is found.');

interface Interrupted extends Pusher {
  step: typeof publishStepRows.$inferSelect;
  push: PushUnderWay;
  mayPush: boolean;
}

/**
 * Brings pushes to their end whose process has died: the command in the container outlives it, so its answer is taken where there is one, and else it is
 * done again. Either way the rows say afterwards what the remote holds, or why it does not.
 */
export async function finishInterruptedPushes(signal: AbortSignal): Promise<void> {
  for (const interrupted of await interruptedPushes()) {
    if (signal.aborted) return;
    const worktree = await worktreeOf(interrupted);
    // While the workspace is stopped or a run is at work there it is looked at again and again.
    if (worktree.closedBecause !== null && interrupted.mayPush) continue;
    if (await takeOver(interrupted)) await finish(interrupted, worktree);
  }
}

async function interruptedPushes(): Promise<Interrupted[]> {
  const rows = await database()
    .select({ step: publishStepRows, run: runs, workspace: workspaces, user: users })
    .from(publishStepRows)
    .innerJoin(runs, eq(runs.id, publishStepRows.runId))
    .innerJoin(workspaces, eq(workspaces.id, runs.workspaceId))
    .innerJoin(users, eq(users.id, publishStepRows.startedById))
    .where(and(isNull(publishStepRows.endedAt), isNotNull(publishStepRows.push), sql`${publishStepRows.leaseUntil} < now()`));
  return rows.flatMap(({ step, run, workspace, user }) => (step.push ? [{ step, push: step.push, run, workspace, actor: { userId: user.id, login: user.login }, mayPush: user.disabledAt === null && mayUse({ userId: user.id, role: user.role }, workspace) }] : []));
}

/** False when somebody else has it, or has begun another step there. */
async function takeOver({ step }: Interrupted): Promise<boolean> {
  const taken = await database()
    .update(publishStepRows)
    .set({ leaseUntil: leaseEnd() })
    .where(and(eq(publishStepRows.id, step.id), isNull(publishStepRows.endedAt), sql`${publishStepRows.leaseUntil} < now()`))
    .returning({ id: publishStepRows.id });
  return taken.length > 0;
}

async function finish({ step, push, mayPush, ...pusher }: Interrupted, worktree: Worktree): Promise<void> {
  const { id, firstRunId } = step;
  const stop = keepWorktree(firstRunId, id);
  const nothing = async () => {};
  try {
    if (!mayPush) throw new AnyonError('forbidden', `${pusher.actor.login} may not push from here any more.`);
    const commit = await pushUnderLease(pusher, worktree, { id, tell: nothing, leave: () => {}, begin: nothing }, { ...push, again: true });
    await leaveWorktree(firstRunId, id, { problem: step.step === 'pull_request' ? NO_PULL_REQUEST : null });
    log().info({ runId: step.runId, branch: push.branch, commit }, 'publishing: a push that was interrupted has come to its end');
    await refreshAfterPush(pusher);
  } catch (error) {
    log().warn({ runId: step.runId, reason: describeError(error) }, 'publishing: a push that was interrupted has not come to its end');
    if (!isAnyonError(error) || error.kind === 'unavailable') return; // once more when the lease has run out
    await leaveWorktree(firstRunId, id, { problem: maskTokens(`The push to ${push.branch} was interrupted, and it could not be done again: ${error.message} Whether the branch holds it is not known; push again.`) });
  } finally {
    stop();
  }
}
