import { eq, sql } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import type { GitHubMethod, GitHubState } from '@/contract/connection';
import type { DatabaseOrTransaction } from '@/db/client';
import { gitHubConnections, users } from '@/db/schema';
import { resolveAlert } from '@/server/alerts/raise-alert';
import { recordAudit } from '@/server/audit/record-audit';
import { gitHubStateOf, loadGitHubConnection } from '@/server/connections/github/github-connection';
import { refusalAlertKey } from '@/server/connections/github/github-health';
import { shortfallOf, statusOfToken } from '@/server/connections/github/judge-token';
import { database } from '@/server/database';
import { AnyonError, isAnyonError } from '@/server/errors';
import { readGitHubAccount } from '@/server/github/account';
import { gitHubHost } from '@/server/github/github-host';
import { limitRate } from '@/server/rate-limits';
import { maskTokens } from '@/server/secrets/masked-text';
import { deleteSecret, putSecret } from '@/server/secrets/vault';

/** Connects the person by a token they pasted. It is kept only when GitHub knows it; one that may do too little is kept, and that is told. */
export async function connectGitHubToken(actor: Actor, { token }: { token: string }): Promise<GitHubState> {
  await limitRate('connect-github', actor.userId, { points: 10, seconds: 60 });
  await keepGitHubToken(actor, token, 'pat').catch((error: unknown) => {
    // To a browser `unauthenticated` means that Anyon does not know it.
    throw isAnyonError(error) && error.kind === 'unauthenticated' ? new AnyonError('invalid', error.message) : error;
  });
  return gitHubStateOf(actor);
}

/** Asks GitHub whose token this is, and makes it the person's. It never changes who they are or how they sign in. */
export async function keepGitHubToken(actor: Actor, token: string, method: GitHubMethod): Promise<void> {
  const account = await readGitHubAccount(token);
  const { login, scopes, expiresAt } = account;
  const host = gitHubHost();
  await database().transaction(async (tx) => {
    await lockPerson(tx, actor.userId);
    const { secretId } = await putSecret(tx, { ownerId: actor.userId, kind: 'github', name: 'github' }, token);
    const now = sql`now()`;
    const state = { status: statusOfToken(expiresAt), statusReason: maskTokens(shortfallOf(token, account)), statusSince: now, checkedAt: now, createdAt: now, expiresAt, warnedDays: null };
    const values = { ...state, secretId, method, host, gitHubId: account.id, login, publicName: maskTokens(account.name), publicEmail: maskTokens(account.publicEmail), scopes };
    await tx
      .insert(gitHubConnections)
      .values({ userId: actor.userId, ...values })
      .onConflictDoUpdate({ target: gitHubConnections.userId, set: values });
    await resolveAlert(tx, refusalAlertKey(actor.userId));
    await recordAudit(tx, { action: 'github_connected', actor, subject: { name: login }, details: { host, method, gitHubId: account.id, scopes: scopes.join(' ') } });
  });
}

/** Forgets the token. Live runs keep what they were given until they end; on GitHub it stays valid until the person revokes it there. */
export async function disconnectGitHub(actor: Actor): Promise<GitHubState> {
  await database().transaction(async (tx) => {
    await lockPerson(tx, actor.userId);
    const found = await loadGitHubConnection(tx, actor.userId);
    if (!found) return;
    await tx.delete(gitHubConnections).where(eq(gitHubConnections.userId, actor.userId));
    await deleteSecret(tx, found.row.secretId);
    await resolveAlert(tx, refusalAlertKey(actor.userId));
    await recordAudit(tx, { action: 'github_disconnected', actor, subject: { name: found.row.login }, details: { host: found.row.host } });
  });
  return gitHubStateOf(actor);
}

/** One at a time: connecting takes the secret before the connection, disconnecting the other way round. */
async function lockPerson(tx: DatabaseOrTransaction, userId: string): Promise<void> {
  await tx.select({ id: users.id }).from(users).where(eq(users.id, userId)).for('no key update');
}
