import { eq } from 'drizzle-orm';
import { secretUses } from '@/db/schema';
import { database } from '@/server/database';
import type { Masker } from '@/server/secrets/mask';
import { sharedMasker } from '@/server/secrets/shared-masker';
import { revealSecret } from '@/server/secrets/vault';

/**
 * The masker for everything that comes out of a run: every value that was handed to one of its attempts, in all encodings, and
 * the known token shapes (which cover the simulator's key). Which values those are is in the rows, so every worker gets the same masker.
 * Throws when one of them cannot be read: what cannot be masked is not shown.
 */
export async function runMasker(runId: string): Promise<Masker> {
  const uses = await database().selectDistinct({ secretId: secretUses.secretId, version: secretUses.version }).from(secretUses).where(eq(secretUses.runId, runId));
  const values = await Promise.all(uses.map((use) => revealSecret(database(), use)));
  return sharedMasker(values);
}
