import { createHmac } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { and, eq, isNull, lt, sql } from 'drizzle-orm';
import { apiRequests } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';

/** The ids of what a request began. */
export type RequestOutcome = Record<string, string | null>;

export interface RequestClaim {
  tokenId: string;
  /** Chosen by the caller, in the header Idempotency-Key. */
  key: string;
  requestMac: string;
}

/** A request that has not ended after so long died with its process; what it did is not known. */
const ALIVE_SECONDS = 120;
const WAIT_MS = 5_000;
const LOOK_EVERY_MS = 100;

/** What tells one request from another: both what is asked for and who asks, unreadable without the token's value. */
export function macOfRequest(tokenValue: string, what: unknown): string {
  return createHmac('sha256', tokenValue).update(JSON.stringify(what)).digest('hex');
}

/**
 * Null when the caller is to carry the request out, and then say `finishRequest` or `forgetRequest`. Otherwise what came of it the first
 * time; for one that is still under way it waits a little. Throws when the key was used for something else, or nobody knows what came of it.
 */
export async function claimRequest(claim: RequestClaim): Promise<RequestOutcome | null> {
  await database().delete(apiRequests).where(and(eq(apiRequests.tokenId, claim.tokenId), lt(apiRequests.createdAt, sql`now() - interval '1 day'`)));
  const until = Date.now() + WAIT_MS;
  for (;;) {
    const written = await database().insert(apiRequests).values(claim).onConflictDoNothing().returning({ key: apiRequests.key });
    if (written.length > 0) return null;
    const outcome = await outcomeSoFar(claim);
    if (outcome) return outcome;
    if (Date.now() > until) throw new AnyonError('unavailable', 'A request with this Idempotency-Key is still being carried out. Ask again in a moment.');
    await delay(LOOK_EVERY_MS);
  }
}

async function outcomeSoFar({ tokenId, key, requestMac }: RequestClaim): Promise<RequestOutcome | null> {
  const [row] = await database()
    .select({ requestMac: apiRequests.requestMac, outcome: apiRequests.outcome, isStale: lt(apiRequests.createdAt, sql`now() - make_interval(secs => ${ALIVE_SECONDS})`).mapWith(Boolean) })
    .from(apiRequests)
    .where(and(eq(apiRequests.tokenId, tokenId), eq(apiRequests.key, key)));
  if (!row) return null; // it was refused meanwhile: the next round claims it
  if (row.requestMac !== requestMac) throw new AnyonError('conflict', 'This Idempotency-Key was used for another request. Use a new one.');
  if (!row.outcome && row.isStale) throw new AnyonError('conflict', 'Anyon was interrupted while it carried out this request, so what came of it is not known. Look whether it is there; if not, ask with a new Idempotency-Key.');
  return row.outcome;
}

/** It was carried out: the same request gets this from now on. */
export async function finishRequest({ tokenId, key }: RequestClaim, outcome: RequestOutcome): Promise<void> {
  await database().update(apiRequests).set({ outcome }).where(and(eq(apiRequests.tokenId, tokenId), eq(apiRequests.key, key)));
}

/** It was refused, and nothing came of it: it may be asked for again. */
export async function forgetRequest({ tokenId, key }: RequestClaim): Promise<void> {
  await database().delete(apiRequests).where(and(eq(apiRequests.tokenId, tokenId), eq(apiRequests.key, key), isNull(apiRequests.outcome)));
}
