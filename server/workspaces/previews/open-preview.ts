import { createHash, randomBytes } from 'node:crypto';
import { and, eq, isNull, lt, or, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { previewOrigin, type OpenPreviewInput } from '@/contract/preview';
import { previewPasses, sessions } from '@/db/schema';
import { recordAudit } from '@/server/audit/record-audit';
import { database } from '@/server/database';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';
import type { WorkspaceAccess } from '@/server/workspaces/access';
import { previewProblem } from '@/server/workspaces/previews/list-previews';

/** Where the gateway takes tickets; a path that no web server of a workspace is asked for. */
export const TICKET_PATH = '/.anyon/ticket';
const TICKET_SECONDS = 60;
const TICKET_BYTES = 32;

/** Of tickets and of what cookies hold only this is stored. */
export function hashOfPass(value: string): string {
  return createHash('sha256').update(value).digest('hex');
}

/**
 * An address that opens a preview for this person in this browser, once and within a minute. Whether something listens there shows when it is
 * opened. Throws `precondition` when the workspace does not run or nobody could reach previews.
 */
export async function openPreview({ actor, workspace }: WorkspaceAccess, { port, path }: Omit<OpenPreviewInput, 'workspaceId'>): Promise<string> {
  const base = env().previewUrl;
  const problem = await previewProblem();
  if (base === null || problem !== null) throw new AnyonError('unavailable', problem ?? 'Previews have no address.');
  const ticket = randomBytes(TICKET_BYTES).toString('base64url');
  await database().transaction(async (transaction) => {
    await transaction.delete(previewPasses).where(and(isNull(previewPasses.cookieHash), lt(previewPasses.ticketExpiresAt, sql`now() - interval '1 hour'`)));
    await transaction.delete(previewPasses).where(
      sql`${previewPasses.sessionId} in ${transaction.select({ id: sessions.id }).from(sessions).where(and(eq(sessions.userId, actor.userId), or(lt(sessions.expiresAt, sql`now()`), sql`${sessions.revokedAt} is not null`)))}`,
    );
    await transaction.insert(previewPasses).values({
      id: uuidv7(),
      sessionId: actor.sessionId,
      workspaceId: workspace.id,
      port,
      ticketHash: hashOfPass(ticket),
      ticketExpiresAt: sql`now() + make_interval(secs => ${TICKET_SECONDS})`,
    });
    await recordAudit(transaction, { action: 'preview_opened', actor, subject: { id: workspace.id, name: workspace.name }, details: { port } });
  });
  const address = new URL(TICKET_PATH, previewOrigin(base, { workspaceId: workspace.id, port }));
  address.searchParams.set('ticket', ticket);
  if (path !== '/') address.searchParams.set('to', path);
  return address.href;
}
