import { and, desc, eq, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { PullRequestCheck, PullRequestView } from '@/contract/publishing';
import { pullRequestViewSchema } from '@/contract/publishing';
import type { DatabaseOrTransaction } from '@/db/client';
import { pullRequestLooks, pullRequests, runs } from '@/db/schema';
import { database } from '@/server/database';
import type { PullRequestDetails } from '@/server/github/pull-requests';
import type { ConversationKey } from '@/server/runs/next-run';
import { maskTokens } from '@/server/secrets/masked-text';

/** The newest pull request of a conversation; null when there is none. */
export async function pullRequestOf({ workspaceId, claudeSessionId }: ConversationKey): Promise<PullRequestView | null> {
  const [found] = await database()
    .select({ row: pullRequests })
    .from(pullRequests)
    .innerJoin(runs, eq(runs.id, pullRequests.runId))
    .where(and(eq(runs.workspaceId, workspaceId), eq(runs.claudeSessionId, claudeSessionId)))
    .orderBy(desc(pullRequests.createdAt), desc(pullRequests.id))
    .limit(1);
  return found ? pullRequestViewSchema.parse(found.row) : null;
}

/** Writes down what GitHub says of a pull request; the row is the run's from which it was opened or found first. */
export async function keepPullRequest(db: DatabaseOrTransaction, from: { runId: string; userId: string }, told: PullRequestDetails): Promise<void> {
  const values = asGitHubSays(told);
  await db
    .insert(pullRequests)
    .values({ id: uuidv7(), runId: from.runId, createdById: from.userId, number: told.number, url: told.url, ...values })
    .onConflictDoUpdate({ target: [pullRequests.runId, pullRequests.url], set: values });
}

/** The same for a row that is there. */
export async function updatePullRequest(id: string, told: PullRequestDetails): Promise<void> {
  await database().update(pullRequests).set(asGitHubSays(told)).where(eq(pullRequests.id, id));
}

/** GitHub could not be asked: what it said last stays. */
export async function noteRefreshProblem(id: string, problem: string): Promise<void> {
  await database().update(pullRequests).set({ refreshedAt: sql`now()`, refreshProblem: maskTokens(problem.slice(0, 500)) }).where(eq(pullRequests.id, id));
}

/** Somebody has it before their eyes; written once a minute at most. */
export async function noteLook(pullRequestId: string): Promise<void> {
  const now = { at: sql`now()` };
  await database()
    .insert(pullRequestLooks)
    .values({ pullRequestId, ...now })
    .onConflictDoUpdate({ target: pullRequestLooks.pullRequestId, set: now, setWhere: sql`${pullRequestLooks.at} < now() - interval '1 minute'` });
}

function asGitHubSays({ title, isDraft, state, headBranch, baseBranch, headCommit, checks, review }: PullRequestDetails) {
  const kept = checks.slice(0, 200).map(({ name, state: how, url }): PullRequestCheck => ({ name: maskTokens(name.slice(0, 200)), state: how, url }));
  return {
    title: maskTokens(title), isDraft, state, headBranch: maskTokens(headBranch), baseBranch: maskTokens(baseBranch), headCommit, checks: kept, review, refreshedAt: sql`now()`, refreshProblem: null,
  };
}
