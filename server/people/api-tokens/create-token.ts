import { and, count, eq, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { Actor } from '@/contract/actor';
import { MOST_TOKENS, type CreateApiTokenInput, type CreatedApiToken } from '@/contract/api-token';
import { apiTokens, users } from '@/db/schema';
import { recordAudit } from '@/server/audit/record-audit';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import { isLiveToken } from '@/server/people/api-tokens/find-live-token';
import { hashOfToken, newTokenValue } from '@/server/people/api-tokens/token-value';
import { ownToken } from '@/server/people/api-tokens/token-views';

/** Makes a token of the actor's own. The value is in this answer and nowhere else. */
export async function createToken(actor: Actor, { name, scopes, expiresInDays }: CreateApiTokenInput): Promise<CreatedApiToken> {
  const id = uuidv7();
  const value = newTokenValue();
  await database().transaction(async (transaction) => {
    await transaction.select({ id: users.id }).from(users).where(eq(users.id, actor.userId)).for('update'); // two at once are counted one after the other
    const [live] = await transaction.select({ number: count() }).from(apiTokens).where(and(eq(apiTokens.userId, actor.userId), isLiveToken()));
    if ((live?.number ?? 0) >= MOST_TOKENS) throw new AnyonError('limit_reached', `You have ${MOST_TOKENS} tokens, the most there can be. Revoke one that you no longer use.`);
    await transaction.insert(apiTokens).values({ id, userId: actor.userId, name, hash: hashOfToken(value), scopes, expiresAt: sql`now() + make_interval(days => ${expiresInDays})` });
    await recordAudit(transaction, { action: 'api_token_created', actor, subject: { id, name }, details: { scopes: scopes.join(', '), days: expiresInDays } });
  });
  return { token: await ownToken(actor, id), value };
}
