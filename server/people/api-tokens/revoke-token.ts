import { and, eq, isNull, sql } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import type { DatabaseOrTransaction } from '@/db/client';
import { apiTokens, users } from '@/db/schema';
import { recordAudit } from '@/server/audit/record-audit';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import { isLiveToken } from '@/server/people/api-tokens/find-live-token';

/** Ends a token: the next request with it is refused, and what it follows ends within seconds. Administrators may end anybody's. Ending it twice changes nothing. */
export async function revokeToken(actor: Actor, { tokenId }: { tokenId: string }): Promise<{ tokenId: string }> {
  await database().transaction(async (transaction) => {
    const reach = actor.role === 'admin' ? undefined : eq(apiTokens.userId, actor.userId);
    const [token] = await transaction.select({ name: apiTokens.name, owner: users.login }).from(apiTokens).innerJoin(users, eq(users.id, apiTokens.userId)).where(and(eq(apiTokens.id, tokenId), reach));
    if (!token) throw new AnyonError('not_found', 'There is no such token, or it is not yours.');
    const ended = await revoke(transaction, and(eq(apiTokens.id, tokenId), isNull(apiTokens.revokedAt)));
    if (ended > 0) await recordAudit(transaction, { action: 'api_token_revoked', actor, subject: { id: tokenId, name: token.name }, details: { owner: token.owner } });
  });
  return { tokenId };
}

/** Ends every live token of a person and tells how many there were. */
export async function revokeTokensOf(db: DatabaseOrTransaction, userId: string): Promise<number> {
  return revoke(db, and(eq(apiTokens.userId, userId), isLiveToken()));
}

async function revoke(db: DatabaseOrTransaction, which: ReturnType<typeof and>): Promise<number> {
  const ended = await db.update(apiTokens).set({ revokedAt: sql`now()` }).where(which).returning({ id: apiTokens.id });
  return ended.length;
}
