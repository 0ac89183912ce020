import { AnyonError } from '@/server/errors';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

type Clone = Pick<WorkspaceRow, 'repositoryUrl' | 'branch'>;

const known: readonly [RegExp, (clone: Clone) => AnyonError][] = [
  [
    /Remote branch .* not found|couldn't find remote ref/i,
    ({ branch, repositoryUrl }) => new AnyonError('invalid', `The branch "${branch ?? ''}" does not exist in ${repositoryUrl}. Check its name, or leave it empty for the default branch.`),
  ],
  [
    /could not read Username|Authentication failed|terminal prompts disabled|returned error: 40[13]/i,
    ({ repositoryUrl }) => new AnyonError('forbidden', `${repositoryUrl} is private or does not exist: the server asked for a sign-in. Check the address; private repositories need a GitHub connection.`),
  ],
  [
    /repository .* not found|returned error: 404|not valid: is this a git repository/i,
    ({ repositoryUrl }) => new AnyonError('not_found', `There is no git repository at ${repositoryUrl}. Check the address.`),
  ],
  [/Could not resolve host/i, ({ repositoryUrl }) => new AnyonError('unavailable', `The host of ${repositoryUrl} cannot be found from the container. Check the address and the VM's name service.`)],
  [
    /Failed to connect|Connection refused|Connection timed out|Connection reset|unable to access/i,
    ({ repositoryUrl }) => new AnyonError('unavailable', `The server of ${repositoryUrl} cannot be reached from the container. Check the address and the network of the VM.`),
  ],
  [/No space left on device/i, () => new AnyonError('limit_reached', 'The disk is full. Free some space and start the workspace again.')],
];

/** git's last words as a sentence that a person can act on; what is not known is quoted. */
export function cloneFailure(lastWords: string, clone: Clone): AnyonError {
  for (const [pattern, make] of known) if (pattern.test(lastWords)) return make(clone);
  const quoted = lastWords.trim().split(/[\r\n]+/).slice(-3).join(' · ').slice(0, 400);
  return new AnyonError('internal', quoted ? `git could not clone the repository: ${quoted}` : 'git could not clone the repository and gave no reason.');
}
