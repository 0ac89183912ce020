import { eq } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import type { Role } from '@/contract/person';
import type { DatabaseOrTransaction } from '@/db/client';
import { users } from '@/db/schema';
import { recordAudit } from '@/server/audit/record-audit';
import { AnyonError } from '@/server/errors';
import { revokeTokensOf } from '@/server/people/api-tokens/revoke-token';
import { lockAsAdmin } from '@/server/people/lock-as-admin';
import { revokeAllSessions } from '@/server/people/sessions';

/*
 * Nobody changes their own role or disables themselves, and whoever changes another is still an administrator when the change is
 * made (they are looked up under the lock). So one enabled administrator is always left: the one who acts.
 */

/** Makes another person an administrator or a member. Their open pages end and begin anew with the new role. */
export async function changeRole(admin: Actor, { userId, role }: { userId: string; role: Role }): Promise<{ userId: string }> {
  return changeOther(admin, userId, 'You cannot change your own role. Another administrator can.', async (transaction, person) => {
    if (person.role === role) return;
    await transaction.update(users).set({ role }).where(eq(users.id, userId));
    await recordAudit(transaction, { action: 'role_changed', actor: admin, subject: { id: userId, name: person.login }, details: { from: person.role, to: role } });
  });
}

/** Keeps another person out: all their sessions and API tokens end at once, the tokens for good. Their workspaces stay and runs under way go on. */
export async function disablePerson(admin: Actor, { userId }: { userId: string }): Promise<{ userId: string }> {
  return changeOther(admin, userId, 'You cannot disable yourself. Another administrator can.', async (transaction, person) => {
    if (person.disabledAt) return;
    await transaction.update(users).set({ disabledAt: new Date() }).where(eq(users.id, userId));
    const ended = await revokeAllSessions(transaction, userId);
    const tokens = await revokeTokensOf(transaction, userId);
    await recordAudit(transaction, { action: 'person_disabled', actor: admin, subject: { id: userId, name: person.login }, details: { sessionsEnded: ended, tokensEnded: tokens } });
  });
}

/** Lets a disabled person sign in again, if the list still does. A sign-in that slipped in beside the disabling does not come back to life. */
export async function enablePerson(admin: Actor, { userId }: { userId: string }): Promise<{ userId: string }> {
  return changeOther(admin, userId, 'You are enabled.', async (transaction, person) => {
    if (!person.disabledAt) return;
    await revokeAllSessions(transaction, userId);
    await transaction.update(users).set({ disabledAt: null }).where(eq(users.id, userId));
    await recordAudit(transaction, { action: 'person_enabled', actor: admin, subject: { id: userId, name: person.login } });
  });
}

/** Signs another person out everywhere; they may sign in again. */
export async function endSessionsOf(admin: Actor, { userId }: { userId: string }): Promise<{ userId: string }> {
  return changeOther(admin, userId, 'To sign out everywhere yourself, use your own menu.', async (transaction, person) => {
    const ended = await revokeAllSessions(transaction, userId);
    await recordAudit(transaction, { action: 'all_sessions_revoked', actor: admin, subject: { id: userId, name: person.login }, details: { ended } });
  });
}

type PersonRow = typeof users.$inferSelect;

async function changeOther(admin: Actor, userId: string, notYourself: string, change: (transaction: DatabaseOrTransaction, person: PersonRow) => Promise<void>): Promise<{ userId: string }> {
  if (userId === admin.userId) throw new AnyonError('conflict', notYourself);
  return lockAsAdmin(admin, async (transaction) => {
    const [person] = await transaction.select().from(users).where(eq(users.id, userId)).for('update');
    if (!person) throw new AnyonError('not_found', 'There is no such person.');
    await change(transaction, person);
    return { userId };
  });
}
