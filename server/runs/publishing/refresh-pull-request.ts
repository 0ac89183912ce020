import { and, asc, eq, sql } from 'drizzle-orm';
import type { PublishState, PullRequestView } from '@/contract/publishing';
import { pullRequestLooks, pullRequests, runs, workspaces } from '@/db/schema';
import { withGitHubToken } from '@/server/connections/github/with-github-token';
import { database } from '@/server/database';
import { describeError, isAnyonError } from '@/server/errors';
import { GitHubLimitError } from '@/server/github/ask-github';
import { readPullRequest } from '@/server/github/pull-requests';
import { log } from '@/server/log';
import { processState } from '@/server/process-state';
import type { RunAccess } from '@/server/runs/access';
import { conversationMasker } from '@/server/runs/publishing/conversation-masker';
import { fetchBase } from '@/server/runs/publishing/fetch-base';
import { gitHubRepositoryOf } from '@/server/runs/publishing/github-repository';
import { publishStateOf } from '@/server/runs/publishing/publish-state';
import { noteRefreshProblem, pullRequestOf, updatePullRequest } from '@/server/runs/publishing/pull-request-rows';
import type { Pusher } from '@/server/runs/publishing/push-token';
import { readWorktree } from '@/server/runs/publishing/read-worktree';
import { worktreeOf } from '@/server/runs/publishing/worktree';

/** Of a round; what is left comes first in the next one. */
const AT_ONCE = 20;

/** Asks GitHub how the pull request stands, and the remote how far the base branch has come. */
export async function refreshPublishing(access: RunAccess): Promise<PublishState> {
  const found = await pullRequestOf(access.run);
  if (found) await refresh(found, access.workspace.repositoryUrl, access.actor.userId);
  const worktree = await worktreeOf(access);
  if (worktree.closedBecause === null) {
    const masker = await conversationMasker(access.run);
    const { base } = await readWorktree(access, worktree, masker);
    if (base !== null) await fetchBase(access, worktree, { branch: base, masker });
  }
  return publishStateOf(access);
}

/** After a push the checks begin anew. That GitHub could not be asked stands beside the pull request; the push has happened. */
export async function refreshAfterPush({ run, workspace, actor }: Pusher): Promise<void> {
  const found = await pullRequestOf(run);
  if (found?.state === 'open') await refresh(found, workspace.repositoryUrl, actor.userId);
}

/**
 * Asks GitHub about the open pull requests that somebody has looked at within ten minutes, those longest ago first, each at most once a minute and with
 * the token of who opened it. Whose calls are used up is left alone until the time that GitHub names.
 */
export async function refreshWatchedPullRequests(signal: AbortSignal): Promise<void> {
  const limits = processState('pull-request-limits', () => new Map<string, number>());
  for (const { row, repositoryUrl } of await duePullRequests()) {
    if (signal.aborted) return;
    if ((limits.get(row.createdById) ?? 0) > Date.now()) continue;
    limits.delete(row.createdById);
    const until = await refresh(row, repositoryUrl, row.createdById);
    if (until) limits.set(row.createdById, until.getTime());
  }
}

function duePullRequests() {
  return database()
    .select({ row: pullRequests, repositoryUrl: workspaces.repositoryUrl })
    .from(pullRequests)
    .innerJoin(pullRequestLooks, eq(pullRequestLooks.pullRequestId, pullRequests.id))
    .innerJoin(runs, eq(runs.id, pullRequests.runId))
    .innerJoin(workspaces, eq(workspaces.id, runs.workspaceId))
    .where(and(eq(pullRequests.state, 'open'), sql`${pullRequestLooks.at} > now() - interval '10 minutes'`, sql`${pullRequests.refreshedAt} < now() - interval '55 seconds'`))
    .orderBy(asc(pullRequests.refreshedAt))
    .limit(AT_ONCE);
}

/** What goes wrong is written beside it. Returns until when GitHub takes no more calls of this person, if it said so. */
async function refresh({ id, number }: Pick<PullRequestView, 'id' | 'number'>, repositoryUrl: string, userId: string): Promise<Date | null> {
  const repository = gitHubRepositoryOf(repositoryUrl);
  if (!repository) return null;
  try {
    await updatePullRequest(id, await withGitHubToken({ userId }, (token) => readPullRequest(token, { ...repository, number })));
    return null;
  } catch (error) {
    if (!isAnyonError(error)) throw error;
    log().info({ pullRequestId: id, reason: describeError(error) }, 'publishing: a pull request could not be asked about');
    await noteRefreshProblem(id, error.message);
    return error instanceof GitHubLimitError ? error.until : null;
  }
}
