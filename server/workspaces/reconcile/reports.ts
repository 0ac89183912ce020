import { desc, eq, notInArray } from 'drizzle-orm';
import { reconcileReportSchema, type ReconcileReport } from '@/contract/difference';
import { reconcileReports } from '@/db/schema';
import { database } from '@/server/database';
import { maskTokens } from '@/server/secrets/masked-text';

const KEPT = 100;

type ReportRow = typeof reconcileReports.$inferSelect;

/** What was found and done lately, newest first. */
export async function listReports(): Promise<ReconcileReport[]> {
  const rows = await database().select().from(reconcileReports).orderBy(desc(reconcileReports.at)).limit(KEPT);
  return rows.map(toReport);
}

/** Null until there is one of that id. */
export async function findReport(id: string): Promise<ReconcileReport | null> {
  const [row] = await database().select().from(reconcileReports).where(eq(reconcileReports.id, id));
  return row ? toReport(row) : null;
}

/** Keeps it, and of all the newest hundred. */
export async function storeReport(id: string, report: ReconcileReport): Promise<void> {
  const { at, cause, tookMs, engineProblem, looked, differences } = report;
  await database().insert(reconcileReports).values({ id, at, cause, tookMs, engineProblem: maskTokens(engineProblem), looked, differences: differences.map((one) => ({ ...one, reason: maskTokens(one.reason), failure: maskTokens(one.failure) })) });
  const newest = database().select({ id: reconcileReports.id }).from(reconcileReports).orderBy(desc(reconcileReports.at)).limit(KEPT);
  await database().delete(reconcileReports).where(notInArray(reconcileReports.id, newest));
}

function toReport(row: ReportRow): ReconcileReport {
  return reconcileReportSchema.parse({ ...row, dryRun: false });
}
