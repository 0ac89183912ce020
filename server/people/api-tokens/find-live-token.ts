import { and, eq, gt, isNull, lt, or, sql, type SQL } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import type { DatabaseOrTransaction } from '@/db/client';
import { apiTokens, users } from '@/db/schema';
import { isAdmitted } from '@/server/people/admission-rule';
import { hashOfToken, isTokenValue } from '@/server/people/api-tokens/token-value';

/** A token counts while it is neither revoked nor expired; its person must be admitted as well. */
export function isLiveToken(): SQL {
  return and(isNull(apiTokens.revokedAt), gt(apiTokens.expiresAt, sql`now()`)) ?? sql`false`;
}

/**
 * Whose token this is: null unless it is live and its person may still be here. Asked at every request, so that revoking works at
 * once. Notes that it was used, and from where, at most once a minute. Throws when the database cannot answer.
 */
export async function findLiveToken(db: DatabaseOrTransaction, value: string, from: string): Promise<Actor | null> {
  if (!isTokenValue(value)) return null;
  const found = await find(db, eq(apiTokens.hash, hashOfToken(value)));
  if (!found) return null;
  if (found.unseen) await noteUse(db, found.id, from);
  const { userId, login, id, name, scopes, expiresAt } = found;
  return { userId, login, sessionId: id, role: 'member', token: { id, name, scopes, expiresAt } };
}

/** Asks again about a token that was live: for streams, which outlive a request. */
export async function isTokenLive(db: DatabaseOrTransaction, tokenId: string): Promise<boolean> {
  return (await find(db, eq(apiTokens.id, tokenId))) !== undefined;
}

async function find(db: DatabaseOrTransaction, which: SQL) {
  const [row] = await db
    .select({ id: apiTokens.id, name: apiTokens.name, scopes: apiTokens.scopes, expiresAt: apiTokens.expiresAt, userId: users.id, login: users.login, unseen: isUnseen().mapWith(Boolean) })
    .from(apiTokens)
    .innerJoin(users, eq(users.id, apiTokens.userId))
    .where(and(which, isLiveToken(), isAdmitted()));
  return row;
}

function isUnseen(): SQL {
  return or(isNull(apiTokens.lastUsedAt), lt(apiTokens.lastUsedAt, sql`now() - interval '1 minute'`)) ?? sql`true`;
}

async function noteUse(db: DatabaseOrTransaction, tokenId: string, from: string): Promise<void> {
  await db
    .update(apiTokens)
    .set({ lastUsedAt: sql`now()`, lastUsedFrom: from.slice(0, 64) })
    .where(and(eq(apiTokens.id, tokenId), isUnseen()));
}
