import { sql } from 'drizzle-orm';
import type { DatabaseOrTransaction } from '@/db/client';
import { claudeConnections } from '@/db/schema';
import { resolveAlert } from '@/server/alerts/raise-alert';
import { recordAudit } from '@/server/audit/record-audit';
import { CLAUDE_SECRET_NAME, type ClaudeAccount } from '@/server/connections/claude/claude-account';
import { claudeAlertKey } from '@/server/connections/claude/claude-health';
import { maskTokens } from '@/server/secrets/masked-text';
import { putSecret } from '@/server/secrets/vault';

export interface NewConnection {
  account: ClaudeAccount;
  value: string;
  /** Null when it never ends, or nobody says. */
  expiresAt: Date | null;
  /** Why it could not be tried; null when it was, and works. */
  notTried: string | null;
}

/** Makes this the person's Claude connection, in place of the one before. Runs that began with that one keep it to their end. */
export async function saveConnection(db: DatabaseOrTransaction, person: { userId: string; login: string }, { account, value, expiresAt, notTried }: NewConnection): Promise<void> {
  await db.transaction(async (tx) => {
    const { secretId } = await putSecret(tx, { ownerId: person.userId, kind: 'claude', name: CLAUDE_SECRET_NAME }, value);
    const { method, baseUrl, region, projectId } = account;
    const fields = {
      method, baseUrl, region, projectId, secretId, expiresAt,
      account: nameOf(account),
      status: 'connected' as const,
      statusReason: maskTokens(notTried),
      statusSince: sql`now()`,
      checkedAt: notTried === null ? sql`now()` : null,
      warnedDays: null,
    };
    await tx
      .insert(claudeConnections)
      .values({ userId: person.userId, ...fields })
      .onConflictDoUpdate({ target: claudeConnections.userId, set: { ...fields, createdAt: sql`now()` } });
    await resolveAlert(tx, claudeAlertKey(person.userId));
    await recordAudit(tx, { action: 'claude_connected', actor: person, details: { method } });
  });
}

/** What stands for the account on a page. */
function nameOf({ method, baseUrl, region, projectId }: ClaudeAccount): string | null {
  if (method === 'gateway') return baseUrl === null ? null : new URL(baseUrl).host;
  if (method === 'bedrock') return region;
  return method === 'vertex' ? `${projectId}, ${region}` : null;
}
