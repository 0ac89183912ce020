import { and, desc, eq, isNull, ne, sql } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import type { ApiTokenOfPerson, ApiTokenView } from '@/contract/api-token';
import { apiTokens, users } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';

const view = {
  id: apiTokens.id,
  name: apiTokens.name,
  scopes: apiTokens.scopes,
  createdAt: apiTokens.createdAt,
  expiresAt: apiTokens.expiresAt,
  lastUsedAt: apiTokens.lastUsedAt,
  lastUsedFrom: apiTokens.lastUsedFrom,
};

/** The actor's tokens that were not revoked, newest first; those that have expired are shown for another thirty days. */
export async function listOwnTokens(actor: Actor): Promise<ApiTokenView[]> {
  return database()
    .select(view)
    .from(apiTokens)
    .where(and(eq(apiTokens.userId, actor.userId), isShown()))
    .orderBy(desc(apiTokens.id));
}

/** Everybody else's, for administrators: newest first. */
export async function listTokensOfOthers(admin: Actor): Promise<ApiTokenOfPerson[]> {
  return database()
    .select({ ...view, owner: { id: users.id, login: users.login } })
    .from(apiTokens)
    .innerJoin(users, eq(users.id, apiTokens.userId))
    .where(and(ne(apiTokens.userId, admin.userId), isShown()))
    .orderBy(desc(apiTokens.id));
}

/** One of the actor's own as it stands now. */
export async function ownToken(actor: Actor, tokenId: string): Promise<ApiTokenView> {
  const [row] = await database().select(view).from(apiTokens).where(and(eq(apiTokens.id, tokenId), eq(apiTokens.userId, actor.userId)));
  if (!row) throw new AnyonError('not_found', 'There is no such token, or it is not yours.');
  return row;
}

function isShown() {
  return and(isNull(apiTokens.revokedAt), sql`${apiTokens.expiresAt} > now() - interval '30 days'`);
}
