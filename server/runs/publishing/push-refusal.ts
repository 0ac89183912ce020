import { AnyonError } from '@/server/errors';
import { gitRefusalIn } from '@/server/github/git-refusal';
import { lastLines } from '@/server/workspaces/tasks/command-output';

/** What was tried, for the sentence. */
interface Push {
  repositoryUrl: string;
  branch: string;
  force: boolean;
}

/** Host of the repository. */
const hostOf = ({ repositoryUrl }: Push) => URL.parse(repositoryUrl)?.host ?? repositoryUrl;

/** The first that fits counts. Source: git push --porcelain, docs.github.com (rules, push protection, large files), server/egress. */
const known: readonly [RegExp, (push: Push) => AnyonError][] = [
  [/\(stale info\)/i, ({ branch }) => new AnyonError('conflict', `The branch ${branch} on the remote is not what was pushed from here last: somebody else has pushed to it. Nothing was overwritten. Rebase, or push to another branch.`)],
  [
    /\((?:non-fast-forward|fetch first|needs force)\)/i,
    ({ branch }) => new AnyonError('conflict', `The branch ${branch} on the remote has commits that are not here. Nothing was pushed. If you have rebased, or want to replace them, push with force; else push to another branch.`),
  ],
  [/PUSH PROTECTION|GH013[^\n]*\n(?:[^\n]*\n)*[^\n]*secret/i, () => new AnyonError('forbidden', 'GitHub found what looks like a secret in these commits and refuses the push (push protection). Take it out of the commits, not only out of the files, and push again.')],
  [
    /GH006|GH013|protected branch|Changes must be made through a pull request|Cannot (?:update|force-push)|Repository rule violations/i,
    ({ branch }) => new AnyonError('forbidden', `A rule of the repository protects the branch ${branch}. Push to another branch and open a pull request.`),
  ],
  [
    /GH001|Large files detected|exceeds GitHub's file size limit|exceeds the maximum|pack exceeds maximum allowed size|returned error: 413|HTTP 413/i,
    () => new AnyonError('limit_reached', 'The server refuses a file that is too large (GitHub takes 100 MB). Take it out of the commits, not only out of the files, or keep it in Git LFS, and push again.'),
  ],
  [
    /Anyon's egress proxy: .*(private network|no workspace may ever reach)|Received HTTP code 403 from proxy|CONNECT tunnel failed, response 403/i,
    (push) => new AnyonError('forbidden', `The egress proxy does not let the workspace reach ${hostOf(push)}. See Network in the settings of the workspace; a server in a private network is opened by an administrator on the System page, under private destinations.`),
  ],
  [
    /Anyon's egress proxy: |Received HTTP code 50[23] from proxy|CONNECT tunnel failed, response 50[23]|Could not resolve (?:host|proxy)|Failed to connect|Connection (?:refused|timed out|reset)|Operation too slow|Empty reply from server|early EOF|hung up unexpectedly|returned error: 5\d\d/i,
    (push) => new AnyonError('unavailable', `The server ${hostOf(push)} cannot be reached from the workspace, or broke off. Nothing may have arrived. Try again; if it stays so, look at the network of the VM.`),
  ],
  [/repository .* not found|returned error: 404/i, ({ repositoryUrl }) => new AnyonError('not_found', `There is no repository at ${repositoryUrl}, or your token may not see it. Check the access of the token on GitHub.`)],
  [/couldn't find remote ref/i, ({ branch }) => new AnyonError('not_found', `The branch ${branch} does not exist on the remote.`)],
  [/No space left on device|Disk quota exceeded/i, () => new AnyonError('limit_reached', 'The disk is full. Free some space and try again.')],
  [/it took longer than/i, () => new AnyonError('unavailable', 'The server took too long. Try again.')],
];

/** Why git could not push or fetch, as a sentence that a person can act on; what is not known is quoted. `said` is all that git said, masked. */
export function pushRefusal(said: string, push: Push): AnyonError {
  const [rule] = known.filter(([pattern]) => pattern.test(said)).slice(0, 1);
  if (rule) return rule[1](push);
  const refusal = gitRefusalIn(said);
  if (refusal) return new AnyonError('forbidden', refusal.kind === 'token' ? `${refusal.reason} Connect GitHub again (Settings, Connections).` : refusal.reason);
  const quoted = lastLines(said, 3).join(' · ').slice(0, 400);
  return new AnyonError('forbidden', quoted ? `The server did not take it: ${quoted}` : 'The server did not take it and gave no reason.');
}
