import { and, eq, exists, isNull, or } from 'drizzle-orm';
import { secrets, secretUses, secretVersions, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { describeError } from '@/server/errors';
import { log } from '@/server/log';
import type { Masker } from '@/server/secrets/mask';
import { sharedMasker } from '@/server/secrets/shared-masker';
import { revealSecret, type SecretVersion } from '@/server/secrets/vault';

/** The secrets whose values may show in a workspace: what its owner has now, and what was handed to anything in it and is still kept. */
export async function secretsSeenIn(workspaceId: string): Promise<SecretVersion[]> {
  const db = database();
  const owned = db.select().from(workspaces).where(and(eq(workspaces.id, workspaceId), eq(workspaces.ownerId, secrets.ownerId)));
  const handed = db.select().from(secretUses).where(and(eq(secretUses.workspaceId, workspaceId), eq(secretUses.secretId, secretVersions.secretId), eq(secretUses.version, secretVersions.version)));
  return db
    .select({ secretId: secretVersions.secretId, version: secretVersions.version })
    .from(secretVersions)
    .innerJoin(secrets, eq(secrets.id, secretVersions.secretId))
    .where(or(exists(handed), and(eq(secretVersions.version, secrets.version), isNull(secrets.deletedAt), exists(owned))))
    .orderBy(secretVersions.secretId, secretVersions.version);
}

/**
 * The masker for what people see of a workspace that is no output of a run. A value that cannot be read is left out and logged: it can
 * be handed to nothing any more, and a terminal is what things are put right with.
 */
export async function maskerOfSecrets(versions: readonly SecretVersion[]): Promise<Masker> {
  const values = await Promise.all(
    versions.map((version) =>
      revealSecret(database(), version).catch((error: unknown) => {
        log().warn({ secretId: version.secretId, reason: describeError(error) }, 'secrets: a value cannot be read and is not masked in terminals');
        return [];
      }),
    ),
  );
  return sharedMasker(values.flat());
}
