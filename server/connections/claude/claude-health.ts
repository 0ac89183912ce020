import { and, eq, ne, sql } from 'drizzle-orm';
import type { DatabaseOrTransaction } from '@/db/client';
import { claudeConnections, secrets } from '@/db/schema';
import { raiseAlert } from '@/server/alerts/raise-alert';
import { maskTokens } from '@/server/secrets/masked-text';
import { currentVersion, type SecretVersion } from '@/server/secrets/vault';

export function claudeAlertKey(userId: string): string {
  return `claude_sign_in_failed:${userId}`;
}

/**
 * Claude refused this version of the secret (401) in mid-run: the person's connection is `failed` with the reason and an alert is
 * raised, unless the connection has another secret or version by now. Null stands for the simulator: nothing is noted.
 */
export async function noteClaudeRefusal(db: DatabaseOrTransaction, userId: string, used: SecretVersion | null, reason: string): Promise<void> {
  if (!used) return;
  await db.transaction(async (tx) => {
    const [row] = await tx
      .select({ secretId: claudeConnections.secretId, version: secrets.version })
      .from(claudeConnections)
      .innerJoin(secrets, eq(secrets.id, claudeConnections.secretId))
      .where(eq(claudeConnections.userId, userId))
      .for('update', { of: claudeConnections });
    if (row?.secretId === used.secretId && row.version === used.version) await failConnection(tx, userId, reason);
  });
}

/** Marks the person's connection as failed and tells them, once while it lasts. */
export async function failConnection(db: DatabaseOrTransaction, userId: string, reason: string): Promise<void> {
  const failed = await db
    .update(claudeConnections)
    .set({ status: 'failed', statusReason: maskTokens(reason), statusSince: sql`now()` })
    .where(and(eq(claudeConnections.userId, userId), ne(claudeConnections.status, 'failed')))
    .returning({ userId: claudeConnections.userId });
  if (failed.length === 0) return;
  await raiseAlert(db, {
    kind: 'claude_sign_in_failed',
    severity: 'error',
    key: claudeAlertKey(userId),
    userId,
    title: 'Claude does not accept your sign-in any more',
    body: `${reason} Runs that need it wait. Connect Claude again on the Settings page; they then go on by themselves.`,
    link: '/settings?tab=connections',
  });
}

/** True when the person's runs can sign in with something that was not refused: another secret or version than `refused`, and not `failed`. */
export async function canClaudeSignIn(db: DatabaseOrTransaction, userId: string, refused: SecretVersion | null): Promise<boolean> {
  const [row] = await db.select({ status: claudeConnections.status, secretId: claudeConnections.secretId }).from(claudeConnections).where(eq(claudeConnections.userId, userId));
  // Without a connection the simulator answers, which lets everybody in; a run of the account that was disconnected goes on only with another.
  if (!row) return refused === null;
  if (row.status === 'failed') return false;
  const current = await currentVersion(db, row.secretId);
  return current !== null && (current.secretId !== refused?.secretId || current.version !== refused.version);
}
