import { and, eq, isNull, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { SecretKind } from '@/contract/secret';
import type { DatabaseOrTransaction } from '@/db/client';
import { secrets, secretVersions } from '@/db/schema';
import { AnyonError } from '@/server/errors';
import { fingerprintOf, openValue, sealValue } from '@/server/secrets/envelope';
import { purgeValues } from '@/server/secrets/purge-values';
import { settleUnreadable, tellUnreadable } from '@/server/secrets/unreadable-secret';

export { openText, sealText } from '@/server/secrets/sealed-text';

/** Which secret: `ownerId` is null for those of the install itself. */
export interface SecretPlace {
  ownerId: string | null;
  kind: SecretKind;
  name: string;
}

export interface SecretVersion {
  secretId: string;
  version: number;
}

/** Shorter values say too much with four characters. */
const MIN_LENGTH_FOR_LAST_FOUR = 16;

/** Seals the value as the newest version of the secret, which is made when it is not there. Older versions stay for as long as a live run holds them. */
export async function putSecret(db: DatabaseOrTransaction, place: SecretPlace, value: string): Promise<SecretVersion> {
  return db.transaction(async (tx) => {
    const [row] = await tx
      .insert(secrets)
      .values({ id: uuidv7(), ...place, version: 1 })
      .onConflictDoUpdate({
        target: [secrets.ownerId, secrets.kind, secrets.name],
        // A deleted one of this name, which a live run still holds, begins anew.
        set: {
          version: sql`${secrets.version} + 1`,
          changedAt: sql`now()`,
          createdAt: sql`case when ${secrets.deletedAt} is null then ${secrets.createdAt} else now() end`,
          lastUsedAt: sql`case when ${secrets.deletedAt} is null then ${secrets.lastUsedAt} end`,
          deletedAt: null,
        },
      })
      .returning({ secretId: secrets.id, version: secrets.version });
    if (!row) throw new AnyonError('internal', 'The secret was not written.');
    await tx.insert(secretVersions).values({
      ...row,
      ...sealValue({ ...place, ...row }, value),
      lastFour: value.length < MIN_LENGTH_FOR_LAST_FOUR ? null : value.slice(-4),
      fingerprint: fingerprintOf(place.ownerId, value),
    });
    if (row.version > 1) {
      await settleUnreadable(tx, row.secretId);
      await purgeValues(tx, row.secretId);
    }
    return row;
  });
}

/**
 * The value. For injection, masking and calls on the owner's behalf only: it is never part of an answer. Throws `precondition` when it is gone, and when the
 * key that sealed it is missing, or `internal` when its row was changed: then an alert is open until it was read, replaced or deleted.
 */
export async function revealSecret(db: DatabaseOrTransaction, { secretId, version }: SecretVersion): Promise<string> {
  const [row] = await db
    .select({ ownerId: secrets.ownerId, kind: secrets.kind, name: secrets.name, isNewest: sql<boolean>`${secrets.version} = ${secretVersions.version} and ${secrets.deletedAt} is null`, keyId: secretVersions.keyId, wrappedKey: secretVersions.wrappedKey, sealed: secretVersions.sealed })
    .from(secretVersions)
    .innerJoin(secrets, eq(secrets.id, secretVersions.secretId))
    .where(and(eq(secretVersions.secretId, secretId), eq(secretVersions.version, version)));
  if (!row) throw new AnyonError('precondition', 'This secret is gone: it was replaced or deleted.');
  let value: string;
  try {
    value = openValue({ ...row, secretId, version }, row);
  } catch (error) {
    if (row.isNewest) await tellUnreadable({ ...row, secretId });
    throw error;
  }
  if (row.isNewest) await settleUnreadable(db, secretId);
  return value;
}

/** The newest version of a secret; null when it was deleted. */
export async function currentVersion(db: DatabaseOrTransaction, secretId: string): Promise<SecretVersion | null> {
  const [row] = await db.select({ secretId: secrets.id, version: secrets.version }).from(secrets).where(and(eq(secrets.id, secretId), isNull(secrets.deletedAt)));
  return row ?? null;
}

/**
 * Keeps these versions from being removed until the transaction ends, so that a row of `secret_uses` written in it comes first.
 * Throws `conflict` when one is gone already: whoever asks takes the newest version instead.
 */
export async function holdVersions(tx: DatabaseOrTransaction, versions: readonly SecretVersion[]): Promise<void> {
  for (const { secretId, version } of versions) {
    const held = await tx
      .select({ version: secretVersions.version })
      .from(secretVersions)
      .where(and(eq(secretVersions.secretId, secretId), eq(secretVersions.version, version)))
      .for('key share');
    if (held.length === 0) throw new AnyonError('conflict', 'A secret was replaced or deleted just now. Try again.');
  }
}

/** Nobody is given it from now on; its values go as soon as no live run holds one. */
export async function deleteSecret(db: DatabaseOrTransaction, secretId: string): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.update(secrets).set({ deletedAt: sql`now()` }).where(and(eq(secrets.id, secretId), isNull(secrets.deletedAt)));
    await settleUnreadable(tx, secretId);
    await purgeValues(tx, secretId);
  });
}
