import { and, eq, isNotNull, isNull, like, or, sql } from 'drizzle-orm';
import type { DatabaseOrTransaction } from '@/db/client';
import { alerts, claudeConnections, gitHubConnections } from '@/db/schema';
import { raiseAlert } from '@/server/alerts/raise-alert';
import { database } from '@/server/database';
import { plainWords } from '@/server/secrets/masked-text';

const DAY = 24 * 3_600_000;

const services = [
  { service: 'claude', name: 'Claude', table: claudeConnections },
  { service: 'github', name: 'GitHub', table: gitHubConnections },
] as const;
type Service = (typeof services)[number];
type Row = Pick<typeof claudeConnections.$inferSelect, 'userId' | 'secretId' | 'expiresAt' | 'warnedDays' | 'status'>;

/** The last threshold that has been passed: 14, 7 or 1 days before the end, 0 after it; null while there is more time. */
export function passedThreshold(expiresAt: Date | null, now: Date): 14 | 7 | 1 | 0 | null {
  if (expiresAt === null) return null;
  const left = expiresAt.getTime() - now.getTime();
  if (left <= 0) return 0;
  return left <= DAY ? 1 : left <= 7 * DAY ? 7 : left <= 14 * DAY ? 14 : null;
}

/**
 * Tells each person once per threshold that a token of theirs comes to its end. Which threshold was told last is in the row and
 * moves by compare-and-set, in the transaction that raises the alert: two workers, or one that was killed, tell it once. A token
 * that was replaced begins anew, and its alerts are settled.
 */
export async function warnOfExpiry(now = new Date()): Promise<void> {
  for (const service of services) {
    const { table } = service;
    const rows = await database()
      .select({ userId: table.userId, secretId: table.secretId, expiresAt: table.expiresAt, warnedDays: table.warnedDays, status: table.status })
      .from(table)
      .where(or(isNotNull(table.expiresAt), isNotNull(table.warnedDays)));
    for (const row of rows) await look(service, row, now);
    await settleOfNobody(service);
  }
}

async function look(service: Service, row: Row, now: Date): Promise<void> {
  const threshold = passedThreshold(row.expiresAt, now);
  if (threshold === row.warnedDays) return;
  const isNearer = threshold !== null && (row.warnedDays === null || threshold < row.warnedDays);
  await database().transaction(async (tx) => {
    if (!(await moveWarned(tx, service, row, threshold))) return; // it has changed since: the next round looks again
    await settle(tx, `${keyPrefix(service, row.userId)}%`);
    if (isNearer && row.expiresAt) await raise(tx, service, { ...row, expiresAt: row.expiresAt }, threshold);
  });
}

async function moveWarned(tx: DatabaseOrTransaction, { table }: Service, { userId, secretId, expiresAt, warnedDays, status }: Row, threshold: number | null): Promise<boolean> {
  const isSame = and(
    eq(table.userId, userId),
    eq(table.secretId, secretId),
    expiresAt === null ? isNull(table.expiresAt) : sql`date_trunc('milliseconds', ${table.expiresAt}) = ${expiresAt.toISOString()}::timestamptz`,
    warnedDays === null ? isNull(table.warnedDays) : eq(table.warnedDays, warnedDays),
    eq(table.status, status),
  );
  const moved = await tx.update(table).set({ warnedDays: threshold, ...statusAt(threshold, status) }).where(isSame).returning({ userId: table.userId });
  return moved.length > 0;
}

/** A connection that failed for another reason stays as it is. */
function statusAt(threshold: number | null, status: Row['status']) {
  const statusSince = sql`now()`;
  if (threshold === 0 && status !== 'failed') return { status: 'failed' as const, statusReason: plainWords('The token has expired. Connect again.'), statusSince };
  if (threshold !== null && threshold > 0 && status === 'connected') return { status: 'expiring' as const, statusSince };
  if (threshold === null && status === 'expiring') return { status: 'connected' as const, statusSince };
  return {};
}

async function raise(tx: DatabaseOrTransaction, service: Service, { userId, expiresAt }: { userId: string; expiresAt: Date }, threshold: number): Promise<void> {
  const { name } = service;
  const day = expiresAt.toISOString().slice(0, 10);
  const left = threshold === 1 ? 'within a day' : `in ${threshold} days or less`;
  await raiseAlert(tx, {
    kind: 'secret_expiring',
    severity: threshold === 0 ? 'error' : 'warning',
    key: `${keyPrefix(service, userId)}${threshold}`,
    userId,
    title: threshold === 0 ? `Your ${name} connection has expired` : `Your ${name} connection ends ${left}`,
    body: threshold === 0 ? `Its token ended on ${day}. Runs that need ${name} wait until you connect again.` : `Its token ends on ${day}. Connect again before that, and no run has to wait.`,
    link: '/settings?tab=connections',
  });
}

function keyPrefix({ service }: Service, userId: string): string {
  return `secret_expiring:${service}:${userId}:`;
}

async function settle(tx: DatabaseOrTransaction, pattern: string): Promise<void> {
  await tx.update(alerts).set({ resolvedAt: sql`now()` }).where(and(like(alerts.key, pattern), isNull(alerts.resolvedAt)));
}

/** Those whose connection is gone, or was replaced by one that says nothing of an end. */
async function settleOfNobody({ service, table }: Service): Promise<void> {
  const isOver = sql`not exists (select from ${table} where ${table.userId} = ${alerts.userId} and ${table.warnedDays} is not null)`;
  await database().update(alerts).set({ resolvedAt: sql`now()` }).where(and(like(alerts.key, `secret_expiring:${service}:%`), isNull(alerts.resolvedAt), isOver));
}
