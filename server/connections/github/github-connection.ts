import { and, eq, isNull } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import type { GitHubConnection, GitHubState } from '@/contract/connection';
import type { DatabaseOrTransaction } from '@/db/client';
import { gitHubConnections, secrets, secretVersions, users } from '@/db/schema';
import { database } from '@/server/database';
import { gitHubHost, newTokenUrl } from '@/server/github/github-host';
import { offersConsent } from '@/server/github/oauth-consent';

export type GitHubConnectionRow = typeof gitHubConnections.$inferSelect;

/** A person's connection with the version of the secret that counts now; null when there is none. */
export async function loadGitHubConnection(db: DatabaseOrTransaction, userId: string): Promise<{ row: GitHubConnectionRow; version: number } | null> {
  const [found] = await db
    .select({ row: gitHubConnections, version: secrets.version })
    .from(gitHubConnections)
    .innerJoin(secrets, and(eq(secrets.id, gitHubConnections.secretId), isNull(secrets.deletedAt)))
    .where(eq(gitHubConnections.userId, userId));
  return found ?? null;
}

/** What the person is told about their connection, and how they can make one. */
export async function gitHubStateOf(actor: Actor): Promise<GitHubState> {
  const [found] = await database()
    .select({ row: gitHubConnections, lastFour: secretVersions.lastFour, login: users.login, gitHubId: users.githubId })
    .from(gitHubConnections)
    .innerJoin(users, eq(users.id, gitHubConnections.userId))
    .innerJoin(secrets, eq(secrets.id, gitHubConnections.secretId))
    .innerJoin(secretVersions, and(eq(secretVersions.secretId, secrets.id), eq(secretVersions.version, secrets.version)))
    .where(eq(gitHubConnections.userId, actor.userId));
  const another = found && found.gitHubId !== null && found.gitHubId !== found.row.gitHubId;
  return { connection: found ? viewOf(found.row, found.lastFour) : null, signsInAs: another ? found.login : null, host: gitHubHost(), offersConsent: offersConsent(), newTokenUrl: newTokenUrl() };
}

function viewOf(row: GitHubConnectionRow, lastFour: string | null): GitHubConnection {
  const { status, statusReason, statusSince, checkedAt, expiresAt, method, login, host, scopes } = row;
  return { status, statusReason, statusSince, lastFour, checkedAt, expiresAt, method, login, host, scopes };
}
