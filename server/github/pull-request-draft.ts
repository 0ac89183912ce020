import { z } from 'zod';
import type { ErrorKind } from '@/contract/error-kind';
import { AnyonError } from '@/server/errors';
import { askGitHub } from '@/server/github/ask-github';
import { parseAnswer } from '@/server/github/conditional-read';
import { gitHubClient } from '@/server/github/github-client';
import type { RepositoryName } from '@/server/github/pull-requests';

/** Only GraphQL can do this, and it knows a pull request by the id that REST calls its node's. */
const found = z.object({ node_id: z.string().min(1).max(300), draft: z.boolean().nullish() });
const refused = z.object({ name: z.literal('GraphqlResponseError'), errors: z.array(z.object({ type: z.string().nullish(), message: z.string() })).min(1) });

const mutations = {
  ready: 'mutation($id: ID!) { markPullRequestReadyForReview(input: { pullRequestId: $id }) { pullRequest { isDraft } } }',
  draft: 'mutation($id: ID!) { convertPullRequestToDraft(input: { pullRequestId: $id }) { pullRequest { isDraft } } }',
};
const kinds: Record<string, ErrorKind> = { FORBIDDEN: 'forbidden', INSUFFICIENT_SCOPES: 'forbidden', NOT_FOUND: 'not_found', RATE_LIMITED: 'limit_reached' };

/**
 * Says of an open pull request that it is a draft, or that it is ready for review; what it is already is left alone. Throws `invalid` in GitHub's
 * words (such as where a repository has no drafts), `forbidden` and `not_found` when the token may not, and what `askGitHub` throws.
 */
export async function setDraft(token: string, { owner, repo, number, draft }: RepositoryName & { number: number; draft: boolean }): Promise<void> {
  const client = gitHubClient(token);
  const { data } = await askGitHub(() => client.rest.pulls.get({ owner, repo, pull_number: number }));
  const pull = parseAnswer(found, data);
  if ((pull.draft ?? false) === draft) return;
  await askGitHub(() => client.graphql(mutations[draft ? 'draft' : 'ready'], { id: pull.node_id }).catch(inWords));
}

/** GraphQL answers 200 also when it refuses. */
function inWords(error: unknown): never {
  const answer = refused.safeParse(error).data;
  const [first] = answer?.errors ?? [];
  if (!first) throw error;
  throw new AnyonError(kinds[first.type ?? ''] ?? 'invalid', `GitHub does not do this: ${first.message.slice(0, 300)}`);
}
