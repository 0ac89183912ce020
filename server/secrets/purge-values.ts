import { and, eq, isNotNull, isNull, ne, not, notExists, or, sql } from 'drizzle-orm';
import type { DatabaseOrTransaction } from '@/db/client';
import { alertChannelRows, claudeConnections, gitHubConnections, secrets, secretVersions } from '@/db/schema';
import { isHeld } from '@/server/secrets/live-uses';

const BATCH = 500;

/**
 * Removes the values that nobody needs any more: replaced or deleted, and held by no run that is not final and by no command under
 * way. Of one secret, or of all. Deleted secrets go with their last value. Returns how many values were removed.
 */
export async function purgeValues(db: DatabaseOrTransaction, secretId?: string): Promise<number> {
  return db.transaction(async (tx) => {
    const held = isHeld(secretVersions.secretId, secretVersions.version);
    // First the locks, then a new look at who holds them: what `holdVersions` has locked is left for the next time.
    const candidates = await tx
      .select({ secretId: secretVersions.secretId, version: secretVersions.version })
      .from(secretVersions)
      .innerJoin(secrets, eq(secrets.id, secretVersions.secretId))
      .where(and(or(ne(secretVersions.version, secrets.version), isNotNull(secrets.deletedAt)), secretId ? eq(secrets.id, secretId) : undefined, not(held)))
      .limit(BATCH)
      .for('update', { of: secretVersions, skipLocked: true });
    let removed = 0;
    for (const one of candidates) {
      const which = and(eq(secretVersions.secretId, one.secretId), eq(secretVersions.version, one.version));
      removed += (await tx.delete(secretVersions).where(and(which, not(held), notExists(currentOf(tx)))).returning({ version: secretVersions.version })).length;
    }
    await removeEmpty(tx, secretId);
    return removed;
  });
}

function currentOf(tx: DatabaseOrTransaction) {
  return tx
    .select({ one: sql`1` })
    .from(secrets)
    .where(and(eq(secrets.id, secretVersions.secretId), eq(secrets.version, secretVersions.version), isNull(secrets.deletedAt)));
}

/** A connection or channel that is being taken down still names its secret: the next time, then. */
async function removeEmpty(tx: DatabaseOrTransaction, secretId?: string): Promise<void> {
  const unnamed = [gitHubConnections, claudeConnections, alertChannelRows].map((table) => notExists(tx.select({ one: sql`1` }).from(table).where(eq(table.secretId, secrets.id))));
  const noValues = notExists(tx.select({ one: sql`1` }).from(secretVersions).where(eq(secretVersions.secretId, secrets.id)));
  await tx.delete(secrets).where(and(isNotNull(secrets.deletedAt), secretId ? eq(secrets.id, secretId) : undefined, noValues, ...unnamed));
}
