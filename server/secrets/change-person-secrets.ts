import { and, count, eq, isNull, ne } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import { MAX_SECRETS_PER_PERSON, type SecretView, type SetSecretInput } from '@/contract/secret';
import type { DatabaseOrTransaction } from '@/db/client';
import { secrets, users } from '@/db/schema';
import { recordAudit } from '@/server/audit/record-audit';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import { readSecret } from '@/server/secrets/person-secrets';
import { deleteSecret, putSecret } from '@/server/secrets/vault';

/** Makes the person's secret of this name, or replaces its value: runs that start from now on get it, live ones keep theirs. */
export async function setSecret(actor: Actor, { name, value }: SetSecretInput): Promise<SecretView> {
  return database().transaction(async (tx) => {
    await tx.select({ id: users.id }).from(users).where(eq(users.id, actor.userId)).for('no key update'); // two at once would both see room
    await assertRoomFor(tx, actor, name);
    const { secretId, version } = await putSecret(tx, { ownerId: actor.userId, kind: 'custom', name }, value);
    await recordAudit(tx, { action: 'secret_set', actor, subject: { id: secretId, name }, details: { version } });
    return readSecret(tx, actor, secretId);
  });
}

/** Takes the person's secret away. Live runs lose its file soon (the sweep of secrets); the value stays sealed until they end, for their masker. */
export async function deletePersonSecret(actor: Actor, secretId: string): Promise<void> {
  await database().transaction(async (tx) => {
    const { name, usedByRuns } = await readSecret(tx, actor, secretId);
    await deleteSecret(tx, secretId);
    await recordAudit(tx, { action: 'secret_deleted', actor, subject: { id: secretId, name }, details: { usedByRuns } });
  });
}

async function assertRoomFor(db: DatabaseOrTransaction, actor: Actor, name: string): Promise<void> {
  const [others] = await db
    .select({ many: count() })
    .from(secrets)
    .where(and(eq(secrets.ownerId, actor.userId), eq(secrets.kind, 'custom'), ne(secrets.name, name), isNull(secrets.deletedAt)));
  if ((others?.many ?? 0) >= MAX_SECRETS_PER_PERSON) throw new AnyonError('limit_reached', `You have ${MAX_SECRETS_PER_PERSON} secrets, which is as many as one person can have. Delete one that you do not need.`);
}
