import { and, inArray, isNotNull, isNull, ne, notInArray, or, sql } from 'drizzle-orm';
import { HOLD_HOURS } from '@/contract/retention';
import { openTaskStatuses } from '@/contract/task';
import type { DatabaseOrTransaction } from '@/db/client';
import { apiRequests, apiTokens, batches, batchItems, claudeLogins, publishStepRows, removedWorkspaces, retentionRules, runAttempts, runNotices, runQuestions, runs, runVariants, secretUses, sessions, setupTokens, taskAttempts, tasks, terminals, workspaces, worktreePlaces } from '@/db/schema';
import { liveRunStatuses } from '@/server/runs/run-status';
import { maskTokens } from '@/server/secrets/masked-text';
import type { BackupManifest } from '@/server/system/backup/manifest';

/** How many rows are another thing now than they were in the backup. */
export interface Settled {
  interruptedRuns: number;
  workspaces: number;
}

/**
 * Makes the rows of a backup true for a machine that has nothing else of it: what was under way then is over, workspaces have neither
 * container nor files, and nobody is signed in. Nothing begins by itself because of what a backup says was going on.
 */
export async function settleRestored(db: DatabaseOrTransaction, { madeAt, parts }: BackupManifest): Promise<Settled> {
  const at = `${madeAt.slice(0, 16).replace('T', ' ')} UTC`;
  const interrupted = await interruptRuns(db, at);
  for (const { name, bytes } of parts) {
    const [, runId, stream] = /^runs\/([^/]+)\/(out|err)\.log$/.exec(name) ?? [];
    if (runId && interrupted.includes(runId)) await db.update(runs).set(stream === 'out' ? { outBytes: bytes } : { errBytes: bytes }).where(sql`${runs.id} = ${runId}`);
  }
  await settleRetention(db, runsWithLog(parts), madeAt);
  await endTasks(db, at);
  const places = await emptyWorkspaces(db, at);
  await endWhatHeldOn(db);
  await keepRemovedWork(db, madeAt, parts.flatMap(({ name }) => /^removed\/([^/]+)\/kept\.json$/.exec(name)?.[1] ?? []));
  await db.delete(sessions);
  await db.delete(apiTokens); // one that was revoked after the backup must not count again
  await db.delete(apiRequests);
  await db.delete(setupTokens);
  return { interruptedRuns: interrupted.length, workspaces: places };
}

async function interruptRuns(db: DatabaseOrTransaction, at: string): Promise<string[]> {
  const reason = maskTokens(`It was under way when the backup of ${at} was made, from which Anyon was restored. What it did after that is not known.`);
  const rows = await db
    .update(runs)
    .set({ status: 'interrupted', statusReason: reason, statusSince: sql`now()`, finishedAt: sql`now()`, fence: sql`${runs.fence} + 1`, sealedPrompt: null, parkedFor: null, parkedUntil: null, containerId: null })
    .where(inArray(runs.status, liveRunStatuses))
    .returning({ id: runs.id });
  const ids = rows.map(({ id }) => id);
  await db.update(runAttempts).set({ endedAt: sql`now()` }).where(isNull(runAttempts.endedAt));
  await db.update(runQuestions).set({ status: 'withdrawn', endedBecause: maskTokens('Anyon was restored from a backup, and the run is over.') }).where(sql`${runQuestions.status} = 'open'`);
  await db.update(runNotices).set({ endedAt: sql`now()` }).where(isNull(runNotices.endedAt));
  return ids;
}

/** The runs whose logs are in the backup. */
function runsWithLog(parts: BackupManifest['parts']): string[] {
  return parts.flatMap(({ name }) => /^runs\/([^/]+)\/(?:out|err)\.log$/.exec(name)?.[1] ?? []);
}

/**
 * A log that retention removed while the backup was made is in the rows and not in the files: its run says so. The files of workspaces are gone, and
 * with them what was put away. What is old in the backup of then is not removed the hour after it has come back: every rule waits its day.
 */
async function settleRetention(db: DatabaseOrTransaction, withLog: string[], madeAt: string): Promise<void> {
  await db
    .update(runs)
    .set({ logRemovedAt: new Date(madeAt), logRemovedBecause: 'one that acted while the backup was made from which Anyon was restored' })
    .where(and(isNull(runs.logRemovedAt), sql`${runs.outBytes} + ${runs.errBytes} > 0`, withLog.length > 0 ? notInArray(runs.id, withLog) : undefined));
  await db.delete(worktreePlaces);
  await db.update(retentionRules).set({ holdsUntil: sql`greatest(${retentionRules.holdsUntil}, now() + make_interval(hours => ${HOLD_HOURS}))` });
}

async function endTasks(db: DatabaseOrTransaction, at: string): Promise<void> {
  const reason = maskTokens(`It was not done when the backup of ${at} was made. Ask for it again.`);
  await db.update(taskAttempts).set({ outcome: 'died', endedAt: sql`now()` }).where(sql`${taskAttempts.outcome} = 'running'`);
  await db.update(tasks).set({ status: 'cancelled', statusReason: reason, statusSince: sql`now()`, retryAt: null, finishedAt: sql`now()` }).where(inArray(tasks.status, openTaskStatuses));
  await db.update(batchItems).set({ status: 'cancelled', reason, finishedAt: sql`now()` }).where(inArray(batchItems.status, ['pending', 'working']));
  await db.update(batches).set({ status: 'stopped', statusReason: reason, statusSince: sql`now()`, finishedAt: sql`now()` }).where(sql`${batches.status} = 'running'`);
}

/** The files of living workspaces are in no backup: the next start clones again, or takes the kept work once more where there is some. */
async function emptyWorkspaces(db: DatabaseOrTransaction, at: string): Promise<number> {
  const reason = maskTokens(`Restored from the backup of ${at}, which holds no files of workspaces. Starting it clones the repository again.`);
  const deleting = maskTokens(`It was being deleted when the backup of ${at} was made. Delete it again.`);
  const is = (status: string) => sql`${workspaces.status} = ${status}`;
  const rows = await db
    .update(workspaces)
    .set({
      status: sql`case when ${is('archived')} then 'archived' when ${is('deleting')} then 'unhealthy' else 'stopped' end`,
      statusReason: sql`case when ${is('deleting')} then ${deleting} else ${reason} end`,
      statusSince: sql`now()`,
      desired: 'stopped',
      fence: sql`${workspaces.fence} + 1`,
      containerId: null,
      containerStatus: null,
      containerStartedAt: null,
      containerImage: null,
      containerEgressLevel: null,
      subnet: null,
      recoveryAttempts: 0,
      recoveryNextAt: null,
      clonedAt: null,
      setupDoneAt: null,
      fromRemovedId: sql`(select ${removedWorkspaces.id} from ${removedWorkspaces} where ${removedWorkspaces.id} = ${workspaces.fromRemovedId})`,
    })
    .returning({ id: workspaces.id });
  return rows.length;
}

/** What a process held that lives no more. */
async function endWhatHeldOn(db: DatabaseOrTransaction): Promise<void> {
  const restored = maskTokens('Anyon was restored from a backup.');
  await db.update(secretUses).set({ endedAt: sql`now()` }).where(isNull(secretUses.endedAt));
  await db.update(terminals).set({ endedAt: sql`now()`, endReason: restored }).where(isNull(terminals.endedAt));
  await db.update(publishStepRows).set({ endedAt: sql`now()`, progress: null, push: null, problem: restored }).where(isNull(publishStepRows.endedAt));
  await db.update(claudeLogins).set({ status: 'cancelled', statusReason: restored, sealedCode: null, finishedAt: sql`now()` }).where(isNull(claudeLogins.finishedAt));
  await db.update(runVariants).set({ checkState: 'could_not_run', checkReason: restored }).where(inArray(runVariants.checkState, ['waiting', 'running']));
  await db.update(runVariants).set({ worktree: 'there' }).where(and(isNull(runVariants.archivedAt), ne(runVariants.worktree, 'there')));
  await db.update(runVariants).set({ worktree: 'away' }).where(and(isNotNull(runVariants.archivedAt), ne(runVariants.worktree, 'away')));
}

/** What is kept of deleted workspaces is kept for as many days more as it had left; a row without files has nothing to give. */
async function keepRemovedWork(db: DatabaseOrTransaction, madeAt: string, kept: string[]): Promise<void> {
  await db.delete(removedWorkspaces).where(kept.length > 0 ? notInArray(removedWorkspaces.workspaceId, kept) : or(sql`true`));
  await db.update(removedWorkspaces).set({ keptUntil: sql`${removedWorkspaces.keptUntil} + (now() - ${madeAt}::timestamptz)` });
}
