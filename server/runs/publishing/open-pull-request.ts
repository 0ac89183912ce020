import type { OpenPullRequestInput, PublishState } from '@/contract/publishing';
import { recordAudit } from '@/server/audit/record-audit';
import { withGitHubToken } from '@/server/connections/github/with-github-token';
import { database } from '@/server/database';
import { AnyonError, isAnyonError } from '@/server/errors';
import { createPullRequest, findPullRequest, readDefaultBranch, readPullRequest, type PullRequestDetails, type RepositoryName } from '@/server/github/pull-requests';
import type { RunAccess } from '@/server/runs/access';
import { assertNoSecret } from '@/server/runs/publishing/assert-no-secret';
import { conversationMasker } from '@/server/runs/publishing/conversation-masker';
import { gitHubRepositoryOf } from '@/server/runs/publishing/github-repository';
import { lastPush } from '@/server/runs/publishing/last-push';
import { withPublishLease, type PublishLease } from '@/server/runs/publishing/publish-lease';
import { publishStateOf } from '@/server/runs/publishing/publish-state';
import { keepPullRequest } from '@/server/runs/publishing/pull-request-rows';
import { pushUnderLease } from '@/server/runs/publishing/push-branch';
import { readWorktree } from '@/server/runs/publishing/read-worktree';
import { worktreeOf, type Worktree } from '@/server/runs/publishing/worktree';
import { maskTokens } from '@/server/secrets/masked-text';

type Wanted = Omit<OpenPullRequestInput, 'runId'>;

/**
 * Opens a pull request for the branch, after pushing what is not there yet. Where one is open for it already, that one is taken and
 * no second one made. Throws with what GitHub refused, in words; the push may have happened then.
 */
export async function openPullRequest(access: RunAccess, wanted: Wanted): Promise<PublishState> {
  const { actor, run, workspace } = access;
  const repository = gitHubRepositoryOf(workspace.repositoryUrl);
  if (!repository) throw new AnyonError('precondition', 'Pull requests are opened on the GitHub that Anyon works with, and this repository is not on it.');
  await assertNoSecret(access, { title: wanted.title, description: wanted.body });
  const worktree = await worktreeOf(access);
  await withPublishLease(access, worktree.firstRunId, 'pull_request', async (lease) => {
    const head = await pushWhatIsNew(access, worktree, lease);
    const { told, isNew } = await withGitHubToken(actor, (token) => openOrFind(token, repository, { ...wanted, head, base: wanted.base ?? workspace.branch ?? undefined }));
    await database().transaction(async (tx) => {
      await keepPullRequest(tx, { runId: run.id, userId: actor.userId }, told);
      if (isNew) await recordAudit(tx, { action: 'pull_request_opened', actor, subject: { id: run.id, name: maskTokens(told.title) }, details: { url: told.url, branch: told.headBranch, base: told.baseBranch, draft: told.isDraft } });
    });
  });
  return publishStateOf(access);
}

/** The branch on the remote, with all commits of the worktree in it. What a closed worktree has is not known: what was pushed counts then. */
async function pushWhatIsNew(access: RunAccess, worktree: Worktree, lease: PublishLease): Promise<string> {
  const before = await lastPush(access.run);
  const branch: string = before?.branch ?? access.run.branch;
  if (worktree.closedBecause !== null) {
    if (before) return branch;
    throw new AnyonError('precondition', worktree.closedBecause);
  }
  const { head, commits } = await readWorktree(access, worktree, await conversationMasker(access.run));
  if (head !== null && head === before?.commit) return branch;
  if (commits.length === 0) throw new AnyonError('precondition', 'There is nothing to open a pull request for: commit the changes first.');
  await pushUnderLease(access, worktree, lease, { branch, force: false });
  return branch;
}

async function openOrFind(token: string, repository: RepositoryName, { head, base, title, body, draft }: Wanted & { head: string }): Promise<{ told: PullRequestDetails; isNew: boolean }> {
  const find = () => findPullRequest(token, { ...repository, head });
  const read = (number: number) => readPullRequest(token, { ...repository, number });
  const found = await find();
  if (found !== null) return { told: await read(found), isNew: false };
  try {
    const { number } = await createPullRequest(token, { ...repository, head, base: base ?? (await readDefaultBranch(token, repository)), title, body, draft });
    return { told: await read(number), isNew: true };
  } catch (error) {
    if (!isAnyonError(error) || error.kind !== 'conflict') throw error;
    const other = await find(); // somebody opened it in this moment
    if (other === null) throw error;
    return { told: await read(other), isNew: false };
  }
}
