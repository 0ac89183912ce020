import { and, asc, eq, gt, ne, or, sql } from 'drizzle-orm';
import type { KeyRotation } from '@/contract/secret';
import type { Database } from '@/db/client';
import { secrets, secretVersions } from '@/db/schema';
import { recordAudit } from '@/server/audit/record-audit';
import { database } from '@/server/database';
import { type Envelope, fingerprintOf, openValue, rewrap, type SealedPlace } from '@/server/secrets/envelope';
import { keyring } from '@/server/secrets/keyring';
import { rotateTexts } from '@/server/secrets/rotate-texts';
import { countByKey } from '@/server/secrets/sealed-places';

const BATCH = 200;

export interface RotationProgress extends KeyRotation {
  /** Values that could not be brought over in this run; the log says which. */
  failed: number;
}

/** How many values there are, with the prompts and answers that wait sealed, and how many the present key opens. */
export async function readKeyRotation(db: Database): Promise<KeyRotation> {
  const currentKeyId = keyring().current.id;
  const [row] = await db
    .select({ versions: sql<number>`count(*)::int`, onCurrentKey: sql<number>`(count(*) filter (where ${secretVersions.keyId} = ${currentKeyId}))::int` })
    .from(secretVersions);
  const texts = await countByKey(db);
  const all = texts.reduce((sum, one) => sum + one.texts, 0);
  const current = texts.find(({ keyId }) => keyId === currentKeyId)?.texts ?? 0;
  return { currentKeyId, versions: (row?.versions ?? 0) + all, onCurrentKey: (row?.onCurrentKey ?? 0) + current };
}

/** The same of this process's database. */
export function keyRotation(): Promise<KeyRotation> {
  return readKeyRotation(database());
}

/**
 * Brings every value, and what waits sealed, to the present key, batch by batch, while Anyon goes on. Each batch is a transaction: killed at any point
 * and started again, it goes on where it was. Values that it cannot read stay as they are and are counted.
 */
export async function rotateKeys(db: Database, onProgress: (progress: RotationProgress) => void = () => {}): Promise<RotationProgress> {
  let after: Row | null = null;
  let { moved, failed } = await rotateTexts(db);
  for (;;) {
    const { rows, broken }: BatchResult = await rotateBatch(db, after);
    after = rows.at(-1) ?? null;
    moved += rows.length - broken;
    failed += broken;
    const progress = { ...(await readKeyRotation(db)), failed };
    if (after) onProgress(progress);
    else {
      if (moved > 0) await recordAudit(db, { action: 'keys_rotated', actor: null, subject: { name: progress.currentKeyId }, details: { values: moved, failed } });
      return progress;
    }
  }
}

type Row = SealedPlace & Envelope;
interface BatchResult {
  rows: Row[];
  broken: number;
}

function rotateBatch(db: Database, after: Row | null): Promise<BatchResult> {
  return db.transaction(async (tx) => {
    const beyond = after && or(gt(secretVersions.secretId, after.secretId), and(eq(secretVersions.secretId, after.secretId), gt(secretVersions.version, after.version)));
    const rows: Row[] = await tx
      .select({ ownerId: secrets.ownerId, kind: secrets.kind, secretId: secretVersions.secretId, version: secretVersions.version, keyId: secretVersions.keyId, wrappedKey: secretVersions.wrappedKey, sealed: secretVersions.sealed })
      .from(secretVersions)
      .innerJoin(secrets, eq(secrets.id, secretVersions.secretId))
      .where(and(ne(secretVersions.keyId, keyring().current.id), beyond ?? undefined))
      .orderBy(asc(secretVersions.secretId), asc(secretVersions.version))
      .limit(BATCH)
      .for('update', { of: secretVersions });
    const changes = rows.flatMap((row) => rotated(row) ?? []);
    await Promise.all(changes.map(({ row, ...set }) => tx.update(secretVersions).set(set).where(and(eq(secretVersions.secretId, row.secretId), eq(secretVersions.version, row.version)))));
    return { rows, broken: rows.length - changes.length };
  });
}

/** Null when the value cannot be opened; the vault has logged why. */
function rotated(row: Row) {
  try {
    const value = openValue(row, row); // proves that it can be read, and the fingerprint hangs on the key too
    const { keyId, wrappedKey } = rewrap(row, row);
    return { row, keyId, wrappedKey, fingerprint: fingerprintOf(row.ownerId, value) };
  } catch {
    return null;
  }
}
