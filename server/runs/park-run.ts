import { and, desc, eq, lt } from 'drizzle-orm';
import { runs, secrets, secretUses } from '@/db/schema';
import type { DatabaseOrTransaction } from '@/db/client';
import { noteClaudeRefusal } from '@/server/connections/claude/claude-health';
import { database } from '@/server/database';
import { log } from '@/server/log';
import type { Parking } from '@/server/runs/judge-parking';
import { raiseLimitAlert } from '@/server/runs/limit-alert';
import { noteAttemptEnd } from '@/server/runs/run-attempt';
import { attemptId } from '@/server/runs/run-place';
import { moveRun, type RunMove, type RunRow } from '@/server/runs/run-status';
import { endNotices } from '@/server/runs/watchdog/notices';

/**
 * Parks a run whose attempt has ended: no process of it is left and its log is whole. `set` is what the attempt has added to the
 * row. Null when it cannot be parked any more: a person has asked for its end, or another worker has it.
 */
export async function parkRun(run: RunRow, parking: Parking, set: NonNullable<RunMove['set']>): Promise<RunRow | null> {
  const parked = await database().transaction(async (transaction) => {
    const row = await moveRun(transaction, run.id, {
      to: 'parked',
      from: ['starting', 'running', 'needs_you'],
      reason: parking.reason,
      fence: run.fence,
      set: { ...set, parkedFor: parking.for, parkedUntil: parking.until },
    });
    if (!row) return null;
    await noteAttemptEnd(transaction, run, parking.for ?? 'watchdog');
    await endNotices(transaction, run.id);
    if (parking.for === 'claude_sign_in') await noteClaudeRefusal(transaction, run.startedById, await claudeSecretOf(transaction, run), parking.reason);
    if (parking.for === 'usage_limit' && parking.until) await tellOfLimit(transaction, run, parking.reason, parking.until);
    return row;
  });
  if (parked) log().info({ runId: run.id, for: parking.for, until: parking.until }, 'run: parked');
  return parked;
}

/** The version of the Claude secret that the attempt was handed; null when the simulator answered it. */
export async function claudeSecretOf(db: DatabaseOrTransaction, run: Pick<RunRow, 'id' | 'attempt'>): Promise<{ secretId: string; version: number } | null> {
  const [use] = await db
    .select({ secretId: secretUses.secretId, version: secretUses.version })
    .from(secretUses)
    .innerJoin(secrets, eq(secrets.id, secretUses.secretId))
    .where(and(eq(secretUses.attempt, attemptId(run)), eq(secrets.kind, 'claude')))
    .orderBy(desc(secretUses.at)) // a start that was repeated after a crash may have been handed two
    .limit(1);
  return use ?? null;
}

/** The limit is the person's: runs of theirs that wait for an earlier time would only run into it again. */
async function tellOfLimit(transaction: DatabaseOrTransaction, { startedById }: RunRow, reason: string, until: Date): Promise<void> {
  await transaction
    .update(runs)
    .set({ parkedUntil: until })
    .where(and(eq(runs.startedById, startedById), eq(runs.status, 'parked'), eq(runs.parkedFor, 'usage_limit'), lt(runs.parkedUntil, until)));
  await raiseLimitAlert(transaction, startedById, { reason, until });
}
