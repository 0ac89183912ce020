import { and, asc, eq, isNull } from 'drizzle-orm';
import { secrets } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { SecretFile } from '@/server/secrets/injection/secret-file';
import { revealSecret } from '@/server/secrets/vault';

/** The files `env/<NAME>` of a person's own secrets. Throws `precondition`, naming it, when one cannot be read: what a run counts on is not left out silently. */
export async function ownSecretFiles(userId: string): Promise<SecretFile[]> {
  const rows = await database()
    .select({ id: secrets.id, version: secrets.version, name: secrets.name })
    .from(secrets)
    .where(and(eq(secrets.ownerId, userId), eq(secrets.kind, 'custom'), isNull(secrets.deletedAt)))
    .orderBy(asc(secrets.name));
  return Promise.all(rows.map(async (secret) => ({ name: `env/${secret.name}`, value: await reveal(secret), secret })));
}

async function reveal({ id, version, name }: { id: string; version: number; name: string }): Promise<string> {
  try {
    return await revealSecret(database(), { secretId: id, version });
  } catch (cause) {
    throw new AnyonError('precondition', `Your secret ${name} cannot be read, so nothing was started with it. Enter it again on the Settings page, or delete it.`, { cause });
  }
}
