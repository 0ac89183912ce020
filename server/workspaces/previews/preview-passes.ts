import { randomBytes } from 'node:crypto';
import { and, eq, gt, isNull, sql } from 'drizzle-orm';
import type { PreviewPlace } from '@/contract/preview';
import { previewPasses, sessions } from '@/db/schema';
import { database } from '@/server/database';
import { findLiveSession } from '@/server/people/sessions';
import { requireWorkspaceAccess, type WorkspaceAccess } from '@/server/workspaces/access';
import { hashOfPass } from '@/server/workspaces/previews/open-preview';

const COOKIE_BYTES = 32;

/**
 * Trades a ticket for what the browser's cookie shall hold. Null when the ticket is unknown, used, too old, or for another place: a ticket
 * that was shown at the wrong place is used up as well.
 */
export async function redeemTicket(ticket: string, place: PreviewPlace): Promise<string | null> {
  const cookie = randomBytes(COOKIE_BYTES).toString('base64url');
  const [pass] = await database()
    .update(previewPasses)
    .set({ ticketHash: null, cookieHash: hashOfPass(cookie) })
    .where(and(eq(previewPasses.ticketHash, hashOfPass(ticket)), isNull(previewPasses.cookieHash), gt(previewPasses.ticketExpiresAt, sql`now()`)))
    .returning({ workspaceId: previewPasses.workspaceId, port: previewPasses.port });
  return pass?.workspaceId === place.workspaceId && pass.port === place.port ? cookie : null;
}

/**
 * Asks the rows whether the holder of a cookie may see this preview now: the cookie is for this place, its session is live, and its person may
 * use the workspace. Null when not. Throws when the rows cannot be asked.
 */
export async function admitVisitor(cookie: string, place: PreviewPlace): Promise<WorkspaceAccess | null> {
  const [pass] = await database()
    .select({ sessionId: previewPasses.sessionId, userId: sessions.userId })
    .from(previewPasses)
    .innerJoin(sessions, eq(sessions.id, previewPasses.sessionId))
    .where(and(eq(previewPasses.cookieHash, hashOfPass(cookie)), eq(previewPasses.workspaceId, place.workspaceId), eq(previewPasses.port, place.port)));
  const actor = pass && (await findLiveSession(database(), pass));
  return actor ? requireWorkspaceAccess(actor, place.workspaceId) : null;
}
