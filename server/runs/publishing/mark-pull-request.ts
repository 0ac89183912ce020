import type { MarkPullRequestInput, PublishState } from '@/contract/publishing';
import { recordAudit } from '@/server/audit/record-audit';
import { withGitHubToken } from '@/server/connections/github/with-github-token';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import { setDraft } from '@/server/github/pull-request-draft';
import { readPullRequest } from '@/server/github/pull-requests';
import type { RunAccess } from '@/server/runs/access';
import { gitHubRepositoryOf } from '@/server/runs/publishing/github-repository';
import { publishStateOf } from '@/server/runs/publishing/publish-state';
import { pullRequestOf, updatePullRequest } from '@/server/runs/publishing/pull-request-rows';
import { maskTokens } from '@/server/secrets/masked-text';

/** Says of the conversation's pull request that it is ready for review, or a draft again. Throws `precondition` unless it is open, and what GitHub refuses, in words. */
export async function markPullRequest(access: RunAccess, { draft }: Omit<MarkPullRequestInput, 'runId'>): Promise<PublishState> {
  const { actor, run, workspace } = access;
  const found = await pullRequestOf(run);
  const repository = gitHubRepositoryOf(workspace.repositoryUrl);
  if (!found || !repository) throw new AnyonError('precondition', 'This conversation has no pull request. Open one first.');
  if (found.state !== 'open') throw new AnyonError('precondition', `Pull request #${found.number} is ${found.state}: only an open one can be a draft or ready.`);
  const { number } = found;
  const told = await withGitHubToken(actor, async (token) => {
    await setDraft(token, { ...repository, number, draft });
    return readPullRequest(token, { ...repository, number });
  });
  await updatePullRequest(found.id, told);
  await recordAudit(database(), { action: 'pull_request_marked', actor, subject: { id: run.id, name: maskTokens(told.title) }, details: { url: told.url, draft: told.isDraft } });
  return publishStateOf(access);
}
