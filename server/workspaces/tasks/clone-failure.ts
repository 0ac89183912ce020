import { AnyonError } from '@/server/errors';
import { gitRefusalIn } from '@/server/github/git-refusal';
import { lastLines } from '@/server/workspaces/tasks/command-output';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

/** `login`: whose token git had for this server; null for none. */
type Clone = Pick<WorkspaceRow, 'repositoryUrl' | 'branch'> & { login: string | null };

const known: readonly [RegExp, (clone: Clone, words: string) => AnyonError][] = [
  [
    /Remote branch .* not found|couldn't find remote ref/i,
    ({ branch, repositoryUrl }) => new AnyonError('invalid', `The branch "${branch ?? ''}" does not exist in ${repositoryUrl}. Check its name, or leave it empty for the default branch.`),
  ],
  // The egress proxy's own answers (server/egress): git shows their text for http, and for https only the status of the tunnel.
  [
    /Anyon's egress proxy: .*(private network|no workspace may ever reach)|Received HTTP code 403 from proxy|CONNECT tunnel failed, response 403/i,
    ({ repositoryUrl }) => new AnyonError('forbidden', `The egress proxy does not let the workspace reach ${repositoryUrl}: its server has an address of this machine or of a private network. An administrator can open it to workspaces on the System page, under private destinations.`),
  ],
  [
    /Anyon's egress proxy: |Received HTTP code 50[23] from proxy|CONNECT tunnel failed, response 50[23]/i,
    ({ repositoryUrl }) => new AnyonError('unavailable', `The egress proxy of this VM cannot reach the server of ${repositoryUrl}: its name does not exist, or it does not answer. Check the address, and the network and name servers of the VM.`),
  ],
  [
    /could not read Username|Authentication failed|terminal prompts disabled|returned error: 40[13]/i,
    ({ repositoryUrl, login }, words) => {
      if (login === null) return new AnyonError('forbidden', `${repositoryUrl} is private or does not exist: the server asked for a sign-in. Check the address; private repositories need a GitHub connection.`);
      if (isRefusal(words)) return new AnyonError('forbidden', `The server of ${repositoryUrl} refused the GitHub token of ${login}: it was revoked or has expired. Connect GitHub again on the Settings page, then start the workspace.`);
      return new AnyonError('forbidden', `The GitHub token of ${login} may not read ${repositoryUrl}. Give it access to the repository (scope \`repo\`, or the organisation's approval), or connect GitHub with another one.`);
    },
  ],
  [
    /repository .* not found|returned error: 404|not valid: is this a git repository/i,
    ({ repositoryUrl, login }) => new AnyonError('not_found', `There is no git repository at ${repositoryUrl}${login === null ? '' : `, or the GitHub account ${login} may not see it`}. Check the address.`),
  ],
  [/Could not resolve host/i, ({ repositoryUrl }) => new AnyonError('unavailable', `The host of ${repositoryUrl} cannot be found from the container. Check the address and the VM's name service.`)],
  [
    /Failed to connect|Connection refused|Connection timed out|Connection reset|unable to access/i,
    ({ repositoryUrl }) => new AnyonError('unavailable', `The server of ${repositoryUrl} cannot be reached from the container. Check the address and the network of the VM.`),
  ],
  [/No space left on device/i, () => new AnyonError('limit_reached', 'The disk is full. Free some space and start the workspace again.')],
];

/** True when the server did not take the token that git had. */
export function isRefusal(lastWords: string): boolean {
  return gitRefusalIn(lastWords)?.kind === 'token';
}

/** git's last words as a sentence that a person can act on; what is not known is quoted. */
export function cloneFailure(lastWords: string, clone: Clone): AnyonError {
  for (const [pattern, make] of known) if (pattern.test(lastWords)) return make(clone, lastWords);
  const quoted = lastLines(lastWords, 3).join(' · ').slice(0, 400);
  return new AnyonError('internal', quoted ? `git could not clone the repository: ${quoted}` : 'git could not clone the repository and gave no reason.');
}
