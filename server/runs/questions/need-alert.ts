import { and, eq, isNull, notExists, sql } from 'drizzle-orm';
import type { DatabaseOrTransaction } from '@/db/client';
import { alerts, runQuestions } from '@/db/schema';
import { raiseAlertOnce, resolveAlert } from '@/server/alerts/raise-alert';
import { database } from '@/server/database';
import type { RunRow } from '@/server/runs/run-status';

const keyOf = (runId: string) => `run_needs_you:${runId}`;

/** Tells the person of the run that it waits for an answer. `reason` is a sentence made of masked texts. */
export async function raiseNeedAlert(db: DatabaseOrTransaction, run: Pick<RunRow, 'id' | 'number' | 'workspaceId' | 'startedById'>, reason: string): Promise<void> {
  await raiseAlertOnce(db, {
    kind: 'run_needs_you',
    severity: 'info',
    key: keyOf(run.id),
    userId: run.startedById,
    title: `Run #${run.number} waits for your answer`,
    body: reason,
    link: `/workspaces/${run.workspaceId}/runs/${run.id}`,
  });
}

/** Nobody has to answer it any more. */
export async function resolveNeedAlert(db: DatabaseOrTransaction, runId: string): Promise<void> {
  await resolveAlert(db, keyOf(runId));
}

/** Settles the alerts of runs that were deleted with their workspace. */
export async function settleNeedAlerts(): Promise<void> {
  const open = database().select({ one: sql`1` }).from(runQuestions).where(and(eq(runQuestions.status, 'open'), eq(sql`'run_needs_you:' || ${runQuestions.runId}`, alerts.key)));
  const settled = await database()
    .select({ key: alerts.key })
    .from(alerts)
    .where(and(eq(alerts.kind, 'run_needs_you'), isNull(alerts.resolvedAt), notExists(open)));
  for (const { key } of settled) await resolveAlert(database(), key);
}
