import type { Actor } from '@/contract/actor';
import { loadGitHubConnection } from '@/server/connections/github/github-connection';
import { noteGitHubRefusal } from '@/server/connections/github/github-health';
import { database } from '@/server/database';
import { AnyonError, isAnyonError } from '@/server/errors';
import { gitHubHost } from '@/server/github/github-host';
import { revealSecret, type SecretVersion } from '@/server/secrets/vault';

/** Calls GitHub's API with the person's token. Throws `precondition` when they have none that works; one that GitHub refuses is noted. */
export async function withGitHubToken<T>(actor: Pick<Actor, 'userId'>, call: (token: string, used: SecretVersion) => Promise<T>): Promise<T> {
  const used = await usableVersion(actor);
  try {
    return await call(await revealSecret(database(), used), used);
  } catch (error) {
    if (!isAnyonError(error) || error.kind !== 'unauthenticated') throw error;
    await noteGitHubRefusal(database(), actor.userId, used, error.message);
    // To a browser `unauthenticated` means that Anyon does not know it.
    throw new AnyonError('precondition', `${error.message} Connect GitHub again (Settings, Connections).`);
  }
}

/** Which version of their token may be used now. */
export async function usableVersion(actor: Pick<Actor, 'userId'>): Promise<SecretVersion> {
  const found = await loadGitHubConnection(database(), actor.userId);
  if (!found) throw new AnyonError('precondition', 'GitHub is not connected. Connect it (Settings, Connections).');
  const { status, statusReason, host, secretId } = found.row;
  if (status === 'failed') throw new AnyonError('precondition', `The connection to GitHub has failed. ${statusReason ?? ''} Connect it again (Settings, Connections).`);
  if (host !== gitHubHost()) throw new AnyonError('precondition', wrongHostReason(host));
  return { secretId, version: found.version };
}

/** The administrators have set another GitHub since: a token is never sent to a host that it is not of. */
export function wrongHostReason(host: string): string {
  return `This token is for ${host}, and Anyon works with ${gitHubHost()} now. Connect GitHub again.`;
}
