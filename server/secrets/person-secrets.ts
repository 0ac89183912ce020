import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import type { SecretView } from '@/contract/secret';
import type { DatabaseOrTransaction } from '@/db/client';
import { secrets, secretVersions } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import { liveRunsWith } from '@/server/secrets/live-uses';

/** The person's own secrets, by name. Without their values: nobody is told those. */
export async function listSecrets(actor: Actor): Promise<SecretView[]> {
  return selectViews(database(), actor);
}

/** One of the person's own; for everybody else there is none of this id. */
export async function readSecret(db: DatabaseOrTransaction, actor: Actor, secretId: string): Promise<SecretView> {
  const [view] = await selectViews(db, actor, secretId);
  if (!view) throw new AnyonError('not_found', 'There is no such secret, or it is not yours.');
  return view;
}

function selectViews(db: DatabaseOrTransaction, actor: Actor, secretId?: string): Promise<SecretView[]> {
  return db
    .select({
      id: secrets.id,
      name: secrets.name,
      lastFour: secretVersions.lastFour,
      fingerprint: secretVersions.fingerprint,
      version: secrets.version,
      createdAt: secrets.createdAt,
      changedAt: secrets.changedAt,
      lastUsedAt: secrets.lastUsedAt,
      usedByRuns: liveRunsWith(secrets.id),
    })
    .from(secrets)
    .innerJoin(secretVersions, and(eq(secretVersions.secretId, secrets.id), eq(secretVersions.version, secrets.version)))
    .where(and(eq(secrets.ownerId, actor.userId), eq(secrets.kind, 'custom'), isNull(secrets.deletedAt), secretId ? eq(secrets.id, secretId) : undefined))
    .orderBy(asc(secrets.name), sql`${secrets.id}`);
}
