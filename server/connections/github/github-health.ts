import { and, eq, exists, ne, sql, type SQL } from 'drizzle-orm';
import type { DatabaseOrTransaction } from '@/db/client';
import { gitHubConnections, secrets } from '@/db/schema';
import { raiseAlert } from '@/server/alerts/raise-alert';
import { loadGitHubConnection } from '@/server/connections/github/github-connection';
import { maskTokens } from '@/server/secrets/masked-text';
import { revealSecret } from '@/server/secrets/vault';

/** A token of a person, as it is handed to git and to GitHub's API on their behalf. */
export interface GitHubToken {
  secretId: string;
  version: number;
  name: string;
  value: string;
  /** The only host it may be sent to, such as github.com. */
  host: string;
  login: string;
}

/** The person's token; null when they have no connection. It may be refused: see `noteGitHubRefusal`. */
export async function gitHubTokenOf(db: DatabaseOrTransaction, userId: string): Promise<GitHubToken | null> {
  const found = await loadGitHubConnection(db, userId);
  if (!found) return null;
  const { secretId, host, login } = found.row;
  const value = await revealSecret(db, { secretId, version: found.version });
  return { secretId, version: found.version, name: 'github', value, host, login };
}

/** The host that refuses the person's token, and why; null while they have one that works, or none. */
export async function refusingGitHub(db: DatabaseOrTransaction, userId: string): Promise<{ host: string; reason: string } | null> {
  const found = await loadGitHubConnection(db, userId);
  if (found?.row.status !== 'failed') return null;
  return { host: found.row.host, reason: found.row.statusReason ?? `${found.row.host} does not accept the token any more.` };
}

/** GitHub refused this version (401, revoked, expired): the connection is `failed` with the reason and an alert is raised, unless it has another secret or version by now. */
export async function noteGitHubRefusal(db: DatabaseOrTransaction, userId: string, used: { secretId: string; version: number }, reason: string): Promise<void> {
  const sameVersion = exists(
    db
      .select({ one: sql`1` })
      .from(secrets)
      .where(and(eq(secrets.id, gitHubConnections.secretId), eq(secrets.version, used.version))),
  );
  await failConnection(db, userId, reason, and(eq(gitHubConnections.secretId, used.secretId), sameVersion));
}

/** Marks a connection as failed and tells its owner, once: one that has failed already keeps its reason. True when this call did it. */
export async function failConnection(db: DatabaseOrTransaction, userId: string, reason: string, still: SQL | undefined): Promise<boolean> {
  return db.transaction(async (tx) => {
    const [failed] = await tx
      .update(gitHubConnections)
      .set({ status: 'failed', statusReason: maskTokens(reason.slice(0, 500)), statusSince: sql`now()`, checkedAt: sql`now()` })
      .where(and(eq(gitHubConnections.userId, userId), ne(gitHubConnections.status, 'failed'), still))
      .returning({ login: gitHubConnections.login, host: gitHubConnections.host });
    if (!failed) return false;
    await raiseAlert(tx, {
      kind: 'github_sign_in_failed',
      severity: 'error',
      key: refusalAlertKey(userId),
      userId,
      title: `${failed.host} no longer accepts the token of ${failed.login}`,
      body: `${reason} Runs that need it wait, and new workspaces cannot clone private repositories. Connect GitHub again; waiting runs then go on by themselves.`,
      link: '/settings?tab=connections',
    });
    return true;
  });
}

export function refusalAlertKey(userId: string): string {
  return `github_sign_in_failed:${userId}`;
}

/**
 * True when the person has a token that is not refused: another one than the refused one, or the same one after GitHub has said
 * again that it knows it. Note the refusal first.
 */
export async function canGitHubSignIn(db: DatabaseOrTransaction, userId: string): Promise<boolean> {
  const found = await loadGitHubConnection(db, userId);
  return found !== null && found.row.status !== 'failed';
}
