import { and, eq, isNotNull } from 'drizzle-orm';
import { isFinal } from '@/contract/run';
import { runs, secretUses, secretVersions } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { Masker } from '@/server/secrets/mask';
import { revealKnown } from '@/server/secrets/reveal-known';
import { sharedMasker } from '@/server/secrets/shared-masker';
import type { SecretVersion } from '@/server/secrets/vault';

/**
 * The masker for what comes out of a live run, and for what is stored of one that is over: every value that was handed to one of its attempts, in all encodings,
 * and the known token shapes (which cover the simulator's key). Which values those are is in the rows, so every worker gets the same masker. What was replaced or
 * deleted after the run was over is not known any more, here or anywhere; what is stored of the run was masked before that. Throws when one of the others cannot
 * be read: what cannot be masked is not shown.
 */
export async function runMasker(runId: string): Promise<Masker> {
  return sharedMasker(await revealKnown(async () => (await versionsOf(runId)).filter(({ isKnown }) => isKnown)));
}

/** The masker for what has never been masked: a file of a run's worktree. Throws `precondition` also when a value that the run was given is not known any more. */
export async function completeRunMasker(runId: string): Promise<Masker> {
  const masker = await runMasker(runId);
  if ((await versionsOf(runId)).every(({ isKnown }) => isKnown)) return masker;
  throw new AnyonError('precondition', 'A secret that this run was given has been replaced or deleted since, so it could not be masked in this file any more. Look at the file in the workspace.');
}

/** Of a run that is not final all are known: they are held until it is. */
async function versionsOf(runId: string): Promise<(SecretVersion & { isKnown: boolean })[]> {
  const uses = await database()
    .selectDistinct({ secretId: secretUses.secretId, version: secretUses.version, isKept: isNotNull(secretVersions.secretId), status: runs.status })
    .from(secretUses)
    .leftJoin(secretVersions, and(eq(secretVersions.secretId, secretUses.secretId), eq(secretVersions.version, secretUses.version)))
    .leftJoin(runs, eq(runs.id, secretUses.runId))
    .where(eq(secretUses.runId, runId));
  return uses.map(({ secretId, version, isKept, status }) => ({ secretId, version, isKnown: Boolean(isKept) || (status !== null && !isFinal(status)) }));
}
