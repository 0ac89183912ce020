import { and, eq, inArray, isNull, notExists, or, sql } from 'drizzle-orm';
import { isFinal, runStatuses } from '@/contract/run';
import type { DatabaseOrTransaction } from '@/db/client';
import { alertChannelRows, claudeConnections, gitHubConnections, runs, secrets, secretUses, secretVersions } from '@/db/schema';

const BATCH = 500;

/**
 * Removes the values that nobody needs any more: replaced or deleted, and held by no run that is not final and by no command under
 * way. Of one secret, or of all. Deleted secrets without values go with their last one. Returns how many values were removed.
 */
export async function purgeValues(db: DatabaseOrTransaction, secretId?: string): Promise<number> {
  return db.transaction(async (tx) => {
    const unneeded = and(or(sql`${secretVersions.version} <> ${secrets.version}`, sql`${secrets.deletedAt} is not null`), secretId ? eq(secrets.id, secretId) : undefined);
    // First the locks, then the look at who holds them: what `holdVersions` has locked is left for the next time.
    const candidates = await tx
      .select({ secretId: secretVersions.secretId, version: secretVersions.version })
      .from(secretVersions)
      .innerJoin(secrets, eq(secrets.id, secretVersions.secretId))
      .where(and(unneeded, notHeld(tx)))
      .limit(BATCH)
      .for('update', { of: secretVersions, skipLocked: true });
    let removed = 0;
    for (const one of candidates) {
      const gone = await tx.delete(secretVersions).where(and(eq(secretVersions.secretId, one.secretId), eq(secretVersions.version, one.version), stillUnneeded(tx), notHeld(tx))).returning({ version: secretVersions.version });
      removed += gone.length;
    }
    await removeEmpty(tx, secretId);
    return removed;
  });
}

function notHeld(tx: DatabaseOrTransaction) {
  const live = runStatuses.filter((status) => !isFinal(status));
  const uses = tx
    .select({ one: sql`1` })
    .from(secretUses)
    .leftJoin(runs, eq(runs.id, secretUses.runId))
    .where(
      and(
        eq(secretUses.secretId, secretVersions.secretId),
        eq(secretUses.version, secretVersions.version),
        or(inArray(runs.status, live), and(isNull(secretUses.runId), isNull(secretUses.endedAt))),
      ),
    );
  return notExists(uses);
}

/** Looked at again under the lock. */
function stillUnneeded(tx: DatabaseOrTransaction) {
  return notExists(
    tx
      .select({ one: sql`1` })
      .from(secrets)
      .where(and(eq(secrets.id, secretVersions.secretId), eq(secrets.version, secretVersions.version), isNull(secrets.deletedAt))),
  );
}

/** A connection or channel that is being taken down still names its secret: the next time, then. */
async function removeEmpty(tx: DatabaseOrTransaction, secretId?: string): Promise<void> {
  const unnamed = [gitHubConnections, claudeConnections, alertChannelRows].map((table) => notExists(tx.select({ one: sql`1` }).from(table).where(eq(table.secretId, secrets.id))));
  const noValues = notExists(tx.select({ one: sql`1` }).from(secretVersions).where(eq(secretVersions.secretId, secrets.id)));
  await tx.delete(secrets).where(and(sql`${secrets.deletedAt} is not null`, secretId ? eq(secrets.id, secretId) : undefined, noValues, ...unnamed));
}
