import { and, desc, eq } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import type { OwnProfile, SessionView } from '@/contract/person';
import { sessions, users } from '@/db/schema';
import { recordAudit } from '@/server/audit/record-audit';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import { isLiveSession, revokeAllSessions, revokeSession } from '@/server/people/sessions';

/** Who the actor is, and how they signed in with this session. */
export async function ownProfile(actor: Actor): Promise<OwnProfile> {
  const [row] = await database()
    .select({ login: users.login, name: users.name, avatarUrl: users.avatarUrl, githubId: users.githubId, role: users.role, createdAt: users.createdAt, via: sessions.via, tokenScopes: sessions.tokenScopes, tokenExpiresAt: sessions.tokenExpiresAt, throughOrganisation: users.admittedOrganisationId })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(eq(sessions.id, actor.sessionId));
  if (!row) throw new AnyonError('unauthenticated', 'Sign in to go on.');
  return { ...row, throughOrganisation: row.throughOrganisation !== null };
}

/** The browsers in which the actor is signed in, the one seen last first. */
export async function listOwnSessions(actor: Actor): Promise<SessionView[]> {
  const rows = await database()
    .select({ id: sessions.id, via: sessions.via, userAgent: sessions.userAgent, createdAt: sessions.createdAt, lastSeenAt: sessions.lastSeenAt, expiresAt: sessions.expiresAt })
    .from(sessions)
    .where(and(eq(sessions.userId, actor.userId), isLiveSession()))
    .orderBy(desc(sessions.lastSeenAt), desc(sessions.id));
  return rows.map((row) => ({ ...row, current: row.id === actor.sessionId }));
}

/** Ends one session of the actor's own; one that is no longer live is ended already. Throws `not_found` for anybody else's. */
export async function endSession(actor: Actor, { sessionId }: { sessionId: string }): Promise<{ sessionId: string }> {
  await database().transaction(async (transaction) => {
    const [own] = await transaction.select({ id: sessions.id }).from(sessions).where(and(eq(sessions.id, sessionId), eq(sessions.userId, actor.userId)));
    if (!own) throw new AnyonError('not_found', 'There is no such sign-in, or it is not yours.');
    if (await revokeSession(transaction, sessionId)) await recordAudit(transaction, { action: 'session_revoked', actor, subject: { id: actor.userId, name: actor.login } });
  });
  return { sessionId };
}

/** Signs the actor out in every browser, this one too. Runs go on. */
export async function endAllSessions(actor: Actor): Promise<{ ended: number }> {
  return database().transaction(async (transaction) => {
    const ended = await revokeAllSessions(transaction, actor.userId);
    await recordAudit(transaction, { action: 'all_sessions_revoked', actor, subject: { id: actor.userId, name: actor.login }, details: { ended } });
    return { ended };
  });
}
