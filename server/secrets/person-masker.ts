import { and, eq, isNull } from 'drizzle-orm';
import { secrets } from '@/db/schema';
import { database } from '@/server/database';
import type { Masker } from '@/server/secrets/mask';
import { revealKnown } from '@/server/secrets/reveal-known';
import { sharedMasker } from '@/server/secrets/shared-masker';

/**
 * The masker for what a person enters: every value that is theirs, in all encodings, and the known token shapes.
 * Throws when one of them cannot be read: what cannot be masked is not stored.
 */
export async function personMasker(userId: string): Promise<Masker> {
  const find = async () =>
    database()
      .select({ secretId: secrets.id, version: secrets.version })
      .from(secrets)
      .where(and(eq(secrets.ownerId, userId), isNull(secrets.deletedAt)));
  return sharedMasker(await revealKnown(find));
}
