import type { Actor } from '@/contract/actor';
import { readSessionClaim } from '@/server/auth/session-claim';
import { database } from '@/server/database';
import { AnyonError, isAnyonError } from '@/server/errors';
import { isTokenLive } from '@/server/people/api-tokens/find-live-token';
import { findLiveSession } from '@/server/people/sessions';

/**
 * Who sent this request, or null. The cookie only claims a session; the rows decide, at every call. Only the cookie is
 * looked at: a bearer token counts for the public API alone (token-actor.ts). Throws `unavailable` when the rows cannot be asked (never "signed in").
 */
export async function findActor(headers: Headers): Promise<Actor | null> {
  const cookie = headers.get('cookie');
  if (!cookie) return null;
  const claim = await readSessionClaim(cookie);
  return claim && askRows(claim);
}

/** As `findActor`, for route handlers that serve signed-in people only. Throws `unauthenticated` for anybody else. */
export async function requireActor(request: Request): Promise<Actor> {
  const actor = await findActor(request.headers);
  if (!actor?.userId) throw new AnyonError('unauthenticated', 'Sign in to go on.');
  return actor;
}

/**
 * Asks the rows again about an actor of an earlier request: for streams, which outlive it. False also when the role is
 * another one now. Throws when the database cannot answer.
 */
export async function isStillSignedIn(actor: Actor): Promise<boolean> {
  if (actor.token) return isTokenLive(database(), actor.token.id);
  const now = await askRows(actor);
  return now?.userId === actor.userId && now.role === actor.role;
}

async function askRows(claim: { sessionId: unknown; userId: unknown }): Promise<Actor | null> {
  try {
    return await findLiveSession(database(), claim);
  } catch (cause) {
    if (isAnyonError(cause)) throw cause;
    throw new AnyonError('unavailable', 'The database does not answer, so nobody can be recognized. Try again in a moment.', { cause });
  }
}
