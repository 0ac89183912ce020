import type { FakeRepository } from '@/tests/fakes/fake-repository';

/** By which GraphQL knows what REST knows by a number. */
export function nodeIdOf({ fullName }: FakeRepository, number: number): string {
  return `PR_${Buffer.from(`${fullName}#${number}`).toString('base64url')}`;
}

/**
 * The two mutations of GitHub's GraphQL that Anyon uses, which answer 200 also when they refuse. Source: docs.github.com/graphql/reference/mutations,
 * markPullRequestReadyForReview and convertPullRequestToDraft.
 */
export function answerGraphQl(repositories: readonly FakeRepository[], body: string): { status: number; body: unknown } {
  const { query, variables } = JSON.parse(body) as { query: string; variables: { id?: string } };
  const [, name] = /\{\s*(markPullRequestReadyForReview|convertPullRequestToDraft)\s*\(/.exec(query) ?? [];
  const refused = (type: string, message: string) => ({ status: 200, body: { data: null, errors: [{ type, path: [name], message }] } });
  if (!name) return { status: 200, body: { errors: [{ message: 'Parse error' }] } };
  const pull = repositories.flatMap((repository) => repository.pulls.filter(({ number }) => nodeIdOf(repository, number) === variables.id))[0];
  if (!pull) return refused('NOT_FOUND', `Could not resolve to a node with the global id of '${variables.id}'`);
  const draft = name === 'convertPullRequestToDraft';
  if (pull.state !== 'open') return refused('UNPROCESSABLE', 'Pull request is closed');
  if (draft && pull.noDrafts) return refused('UNPROCESSABLE', 'Draft pull requests are not supported in this repository.');
  pull.draft = draft;
  return { status: 200, body: { data: { [name]: { pullRequest: { isDraft: draft } } } } };
}
