import { and, eq, gt, isNull, lt, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import type { Actor } from '@/contract/actor';
import type { SignInVia } from '@/contract/person';
import { builtOnce } from '@/db/built-once';
import type { DatabaseOrTransaction } from '@/db/client';
import { sessions, users } from '@/db/schema';
import { fixedGitHubIds, isAdmitted } from '@/server/people/admission-rule';

/** How long a sign-in lasts, whatever the person does meanwhile. In seconds. */
export const SESSION_LIFETIME_SECONDS = 7 * 24 * 3600;

/** A browser that was not seen for so long is signed out. */
const IDLE_LIFETIME_SECONDS = 3 * 24 * 3600;

const MOST_OF_A_USER_AGENT = 200;

const uuid = z.uuid();

/** What is known about the browser and the token of a sign-in. */
export interface SignInCircumstances {
  userAgent?: string | null;
  tokenScopes?: string[] | null;
  tokenExpiresAt?: Date | null;
}

/** Opens a session for a person and returns its id. Every sign-in gets a new one. One by a token ends with the token at the latest. */
export async function openSession(database: DatabaseOrTransaction, userId: string, via: SignInVia, circumstances: SignInCircumstances = {}): Promise<string> {
  const id = uuidv7();
  const { userAgent = null, tokenScopes = null, tokenExpiresAt = null } = circumstances;
  const whole = sql`now() + make_interval(secs => ${SESSION_LIFETIME_SECONDS})`;
  const expiresAt = tokenExpiresAt ? sql`least(${whole}, ${tokenExpiresAt.toISOString()}::timestamptz)` : whole;
  await database.insert(sessions).values({ id, userId, via, expiresAt, tokenScopes, tokenExpiresAt, userAgent: userAgent?.slice(0, MOST_OF_A_USER_AGENT) ?? null });
  return id;
}

/** A session counts while it is neither revoked nor expired and its browser was seen lately; its person must be admitted as well. */
export function isLiveSession() {
  return and(isNull(sessions.revokedAt), gt(sessions.expiresAt, sql`now()`), gt(sessions.lastSeenAt, sql`now() - make_interval(secs => ${IDLE_LIFETIME_SECONDS})`));
}

const liveSession = builtOnce('live_session', (database, fixedIds: number[]) =>
  database
    .select({ userId: users.id, sessionId: sessions.id, login: users.login, role: users.role, unseen: lt(sessions.lastSeenAt, sql`now() - interval '1 minute'`).mapWith(Boolean) })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(and(eq(sessions.id, sql.placeholder('sessionId')), eq(sessions.userId, sql.placeholder('userId')), isLiveSession(), isAdmitted(fixedIds))),
);

/**
 * The person behind a session: null unless the session is that person's and live, and the person may still be here. Asked at every
 * request, so that revoking, disabling and taking off the list work at once. Throws when the database cannot answer.
 */
export async function findLiveSession(database: DatabaseOrTransaction, claim: { sessionId: unknown; userId: unknown }): Promise<Actor | null> {
  const sessionId = uuid.safeParse(claim.sessionId);
  const userId = uuid.safeParse(claim.userId);
  if (!sessionId.success || !userId.success) return null;
  const [row] = await liveSession(database, fixedGitHubIds()).execute({ sessionId: sessionId.data, userId: userId.data });
  if (!row) return null;
  const { unseen, ...actor } = row;
  if (unseen) await noteSeen(database, actor.sessionId);
  return actor;
}

async function noteSeen(database: DatabaseOrTransaction, sessionId: string): Promise<void> {
  await database
    .update(sessions)
    .set({ lastSeenAt: sql`now()` })
    .where(and(eq(sessions.id, sessionId), lt(sessions.lastSeenAt, sql`now() - interval '1 minute'`)));
}

/** Ends a session; its cookie is worth nothing from the next request on. False when it had ended before. */
export async function revokeSession(database: DatabaseOrTransaction, sessionId: string): Promise<boolean> {
  const ended = await database
    .update(sessions)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(sessions.id, sessionId), isNull(sessions.revokedAt)))
    .returning({ id: sessions.id });
  return ended.length > 0;
}

/** Ends all sessions of a person and tells how many were live. Open streams of theirs end within seconds. */
export async function revokeAllSessions(database: DatabaseOrTransaction, userId: string): Promise<number> {
  const ended = await database
    .update(sessions)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(sessions.userId, userId), isLiveSession()))
    .returning({ id: sessions.id });
  return ended.length;
}
