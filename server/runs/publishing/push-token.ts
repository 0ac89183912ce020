import { gitTokenFile, isTokenFor } from '@/server/connections/github/git-token-file';
import { loadGitHubConnection } from '@/server/connections/github/github-connection';
import { noteGitHubRefusal, refusingGitHub, type GitHubToken } from '@/server/connections/github/github-health';
import { gitHubTokenForUse } from '@/server/connections/github/token-for-use';
import { containerEngine } from '@/server/containers/container-engine';
import { database } from '@/server/database';
import { AnyonError, describeError } from '@/server/errors';
import { log } from '@/server/log';
import type { RunAccess } from '@/server/runs/access';
import { assertSecretsInPlace } from '@/server/secrets/injection/assert-in-place';
import { injectSecrets, withdrawSecrets } from '@/server/secrets/injection/inject-secrets';

/** For whom something is pushed: the person who asked for it, also when another process does it. */
export type Pusher = Pick<RunAccess, 'run' | 'workspace'> & { actor: Pick<RunAccess['actor'], 'userId' | 'login'> };

/** Why the person cannot sign in to the server of this repository, and what helps; null when they can, as far as is known. */
export async function signInObstacle(userId: string, repositoryUrl: string): Promise<string | null> {
  const found = await loadGitHubConnection(database(), userId);
  const host = URL.parse(repositoryUrl)?.host ?? repositoryUrl;
  if (!found) return `A push to ${host} needs a sign-in, and you have no GitHub connection. Connect GitHub first.`;
  if (!isTokenFor(found.row, repositoryUrl)) return `The repository is on ${host}, and your GitHub connection is for ${found.row.host}. Connect GitHub for that host.`;
  const refusing = await refusingGitHub(database(), userId);
  return refusing && `${refusing.host} refuses your token. ${refusing.reason} Connect GitHub again.`;
}

/**
 * Does `work` while the token of the person lies where the command `id` finds it, and takes it away however that ends. GitHub is asked first
 * whether it still knows it. Throws `precondition` when there is none for this server.
 */
export async function withPushToken<T>({ actor, run, workspace }: Pusher, { id, containerId }: { id: string; containerId: string }, work: (token: GitHubToken) => Promise<T>): Promise<T> {
  const token = await gitHubTokenForUse(actor.userId);
  const obstacle = await signInObstacle(actor.userId, workspace.repositoryUrl);
  if (token === null || obstacle !== null) throw new AnyonError('precondition', obstacle ?? 'GitHub is not connected. Connect it first.');
  const place = { workspaceId: workspace.id, attempt: id };
  try {
    await injectSecrets({ ...place, runId: run.id, userId: actor.userId }, [gitTokenFile(token)]);
    await assertSecretsInPlace(containerEngine(), { workspaceId: workspace.id, containerId, injected: { attempt: id, names: ['github'] } });
    return await work(token);
  } finally {
    await withdrawSecrets(place).catch((error: unknown) => log().error({ ...place, reason: describeError(error) }, 'publishing: the token is still there, the sweep tries again'));
  }
}

/** The server did not take the token: the connection is no good until its owner renews it. */
export async function noteRefusedPush(userId: string, token: GitHubToken): Promise<void> {
  await noteGitHubRefusal(database(), userId, token, `${token.host} refused the token when git showed it. Connect GitHub again on the Settings page.`);
}
