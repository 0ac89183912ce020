import { notInArray, sql } from 'drizzle-orm';
import type { Database } from '@/db/client';
import { secretVersions } from '@/db/schema';
import { AnyonError } from '@/server/errors';
import { type Keyring, keyring } from '@/server/secrets/keyring';
import { countByKey } from '@/server/secrets/sealed-places';

/** Keys that were not given and stored values need, with how many: secrets, and prompts and answers that wait sealed. */
export async function missingKeys(db: Database, keys: Keyring = keyring()): Promise<{ keyId: string; versions: number }[]> {
  const [ofValues, ofTexts] = await Promise.all([
    db.select({ keyId: secretVersions.keyId, versions: sql<number>`count(*)::int` }).from(secretVersions).where(notInArray(secretVersions.keyId, keys.ids)).groupBy(secretVersions.keyId),
    countByKey(db),
  ]);
  const sums = new Map(ofValues.map(({ keyId, versions }) => [keyId, versions]));
  for (const { keyId, texts } of ofTexts) if (!keys.ids.includes(keyId)) sums.set(keyId, (sums.get(keyId) ?? 0) + texts);
  return [...sums].map(([keyId, versions]) => ({ keyId, versions })).sort((one, other) => one.keyId.localeCompare(other.keyId));
}

/** Throws with each missing key and how many values it sealed: an install that cannot read its secrets does not start. */
export async function assertNoMissingKeys(db: Database, keys: Keyring = keyring()): Promise<void> {
  const missing = await missingKeys(db, keys);
  if (missing.length === 0) return;
  const each = missing.map(({ keyId, versions }) => `${keyId} (${versions} ${versions === 1 ? 'value' : 'values'})`).join(', ');
  throw new AnyonError('precondition', `Stored secrets are sealed with a key that was not given: ${each}. Set ANYON_SECRET_KEY to it, or add it to ANYON_SECRET_KEYS_BEFORE, and start again.`);
}
