import { asc, eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { SignInErrorCode } from '@/contract/sign-in-error';
import { users } from '@/db/schema';
import { recordAudit } from '@/server/audit/record-audit';
import { env } from '@/server/env';
import { withPeopleLocked } from '@/server/people/people-lock';
import { consumeSetupToken } from '@/server/people/setup-token';

/** A person who may come in, or why not. */
export type Admission = { userId: string } | { refusal: SignInErrorCode };

/**
 * Lets the owner of a `local` install in by a one-time token: the first administrator, made when there is none yet. In `cloud` a
 * token alone opens nothing: it makes the GitHub account that comes with it the first administrator (admit-person.ts).
 */
export async function admitOwner(token: string): Promise<Admission> {
  if (env().ANYON_DEPLOYMENT_MODE !== 'local') return { refusal: 'setup-token-not-local' };
  return withPeopleLocked(async (transaction) => {
    const refusal = await consumeSetupToken(transaction, token);
    if (refusal) return { refusal };
    const [owner] = await transaction.select().from(users).where(eq(users.role, 'admin')).orderBy(asc(users.createdAt), asc(users.id)).limit(1);
    if (owner) return owner.disabledAt ? { refusal: 'owner-disabled' } : { userId: owner.id };
    const userId = uuidv7();
    await transaction.insert(users).values({ id: userId, login: 'owner', role: 'admin' });
    await recordAudit(transaction, { action: 'person_added', actor: { userId, login: 'owner' }, subject: { id: userId, name: 'owner' }, details: { role: 'admin' } });
    return { userId };
  });
}
