import { and, asc, count, eq, isNotNull, max, sql } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import type { PersonView } from '@/contract/person';
import { sessions, users, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { isAdmitted } from '@/server/people/admission-rule';
import { isLiveSession } from '@/server/people/sessions';

/** Everybody who was ever let in, enabled people first, by login. For administrators. */
export async function listPeople(_admin: Actor): Promise<PersonView[]> {
  const db = database();
  const seen = db.select({ userId: sessions.userId, at: max(sessions.lastSeenAt).as('at') }).from(sessions).groupBy(sessions.userId).as('seen');
  const live = db.select({ userId: sessions.userId, number: count().as('live') }).from(sessions).innerJoin(users, eq(users.id, sessions.userId)).where(and(isLiveSession(), isAdmitted())).groupBy(sessions.userId).as('live_sessions');
  const owned = db.select({ userId: workspaces.ownerId, number: count().as('owned') }).from(workspaces).groupBy(workspaces.ownerId).as('owned_workspaces');
  return db
    .select({
      id: users.id,
      githubId: users.githubId,
      login: users.login,
      name: users.name,
      avatarUrl: users.avatarUrl,
      role: users.role,
      createdAt: users.createdAt,
      disabledAt: users.disabledAt,
      admitted: sql<boolean>`coalesce(${isAdmitted()}, false)`,
      lastSeenAt: seen.at,
      workspaces: sql<number>`coalesce(${owned.number}, 0)`.mapWith(Number),
      liveSessions: sql<number>`coalesce(${live.number}, 0)`.mapWith(Number),
    })
    .from(users)
    .leftJoin(seen, eq(seen.userId, users.id))
    .leftJoin(live, eq(live.userId, users.id))
    .leftJoin(owned, eq(owned.userId, users.id))
    .orderBy(isNotNull(users.disabledAt), asc(sql`lower(${users.login})`));
}
