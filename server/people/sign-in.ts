import { eq } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import type { SignInVia } from '@/contract/person';
import type { SignInErrorCode } from '@/contract/sign-in-error';
import { users } from '@/db/schema';
import { recordAudit } from '@/server/audit/record-audit';
import { database } from '@/server/database';
import { openSession, revokeSession, type SignInCircumstances } from '@/server/people/sessions';

/** Opens a session for somebody who was admitted a moment ago, and writes it down. Returns the session's id. */
export async function beginSession(userId: string, via: SignInVia, circumstances: SignInCircumstances & { from: string }): Promise<string> {
  return database().transaction(async (transaction) => {
    const [person] = await transaction.select({ login: users.login }).from(users).where(eq(users.id, userId));
    const login = person?.login ?? '';
    const sessionId = await openSession(transaction, userId, via, circumstances);
    await recordAudit(transaction, { action: 'sign_in', actor: { userId, login }, subject: { id: userId, name: login }, details: { via, from: circumstances.from } });
    return sessionId;
  });
}

/** Writes down that somebody was not let in, and why. Never with the token that they showed. */
export async function recordRefusal(refused: { via: SignInVia; reason: SignInErrorCode; from: string; account?: { id: number; login: string } }): Promise<void> {
  const { via, reason, from, account } = refused;
  await recordAudit(database(), { action: 'sign_in_refused', actor: null, ...(account && { subject: { id: String(account.id), name: account.login } }), details: { reason, via, from } });
}

/** Ends the session of the actor. Open streams of it end within seconds. Ending it twice changes nothing. */
export async function endOwnSession(actor: Actor): Promise<void> {
  await database().transaction(async (transaction) => {
    if (await revokeSession(transaction, actor.sessionId)) await recordAudit(transaction, { action: 'sign_out', actor, subject: { id: actor.userId, name: actor.login } });
  });
}
