import { and, eq, gt, isNull, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import type { Actor } from '@/contract/actor';
import type { Database } from '@/db/client';
import { sessions, users } from '@/db/schema';

/** How long a sign-in lasts, whatever the person does meanwhile. In seconds. */
export const SESSION_LIFETIME_SECONDS = 7 * 24 * 3600;

export type SignInWay = 'setup_token' | 'github';

const uuid = z.uuid();

/** Opens a session for a person and returns its id. Every sign-in gets a new one. */
export async function openSession(database: Database, userId: string, via: SignInWay): Promise<string> {
  const id = uuidv7();
  const expiresAt = sql`now() + make_interval(secs => ${SESSION_LIFETIME_SECONDS})`;
  await database.insert(sessions).values({ id, userId, via, expiresAt });
  return id;
}

/**
 * The person behind a session: null unless the session is that person's, not expired, not revoked, and the person is
 * enabled. Asked at every request, so that revoking and disabling work at once. Throws when the database cannot answer.
 */
export async function findLiveSession(database: Database, claim: { sessionId: unknown; userId: unknown }): Promise<Actor | null> {
  const sessionId = uuid.safeParse(claim.sessionId);
  const userId = uuid.safeParse(claim.userId);
  if (!sessionId.success || !userId.success) return null;
  const [row] = await database
    .select({ userId: users.id, sessionId: sessions.id, login: users.login, role: users.role })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(
      and(
        eq(sessions.id, sessionId.data),
        eq(sessions.userId, userId.data),
        isNull(sessions.revokedAt),
        gt(sessions.expiresAt, sql`now()`),
        isNull(users.disabledAt),
      ),
    );
  return row ?? null;
}

/** Ends a session; its cookie is worth nothing from the next request on. Ending it twice changes nothing. */
export async function revokeSession(database: Database, sessionId: string): Promise<void> {
  await database
    .update(sessions)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(sessions.id, sessionId), isNull(sessions.revokedAt)));
}
