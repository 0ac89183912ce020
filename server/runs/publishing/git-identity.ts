import { eq } from 'drizzle-orm';
import type { PublishState } from '@/contract/publishing';
import { users } from '@/db/schema';
import { loadGitHubConnection } from '@/server/connections/github/github-connection';
import { database } from '@/server/database';

/** Whom a commit names. */
export type GitIdentity = PublishState['author'];

/**
 * Who a person is in a commit: as GitHub shows them to everybody, else with the address that GitHub has for those who show none. Without
 * a connection the name they have here, and an address that leads nowhere.
 */
export async function gitIdentityOf(userId: string): Promise<GitIdentity> {
  const [[user], connection] = await Promise.all([database().select({ login: users.login, name: users.name }).from(users).where(eq(users.id, userId)), loadGitHubConnection(database(), userId)]);
  if (connection) {
    const { login, host, gitHubId, publicName, publicEmail } = connection.row;
    const noReply = `${gitHubId}+${login}@users.noreply.${host.replace(/:\d+$/, '')}`;
    return { name: plain(publicName ?? '') || plain(login), email: publicEmail ?? noReply, isFromGitHub: true };
  }
  const login = plain(user?.login ?? '') || 'anyon';
  return { name: plain(user?.name ?? '') || login, email: `${login.replace(/[^A-Za-z0-9._-]/g, '-')}@localhost`, isFromGitHub: false };
}

/** The variables by which git and everything that calls it names this person, whatever its settings say. */
export function identityEnvironment({ name, email }: GitIdentity): Record<string, string> {
  return { GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email };
}

/** git takes no such characters in a name, and refuses one that has no others. */
function plain(name: string): string {
  return name.replace(/[<>\n\p{Cc}]/gu, '').trim().replace(/^[.,:;"']+|[.,:;"']+$/g, '').slice(0, 200);
}
