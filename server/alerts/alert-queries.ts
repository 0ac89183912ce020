import { and, count, desc, eq, gt, inArray, isNull, or, sql, type SQL } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import type { AlertView, SentAlertView } from '@/contract/alert';
import { alertDeliveries, alertReads, alerts, users } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';

const MOST_SHOWN = 50;

const fields = { id: alerts.id, kind: alerts.kind, severity: alerts.severity, title: alerts.title, body: alerts.body, link: alerts.link, count: alerts.count, createdAt: alerts.createdAt, lastAt: alerts.lastAt, resolvedAt: alerts.resolvedAt };

/** A person's own; admins also have those of the install. */
function concern(actor: Actor): SQL | undefined {
  const own = eq(alerts.userId, actor.userId);
  return actor.role === 'admin' ? or(own, isNull(alerts.userId)) : own;
}

/** The latest alerts that concern the actor, newest first. */
export async function listAlerts(actor: Actor): Promise<AlertView[]> {
  return database()
    .select({ ...fields, readAt: alertReads.readAt })
    .from(alerts)
    .leftJoin(alertReads, and(eq(alertReads.alertId, alerts.id), eq(alertReads.userId, actor.userId)))
    .where(concern(actor))
    .orderBy(desc(alerts.lastAt), desc(alerts.id))
    .limit(MOST_SHOWN);
}

/** How many of the last month are neither read nor settled. */
export async function countUnreadAlerts(actor: Actor): Promise<number> {
  const [row] = await database().select({ unread: count() }).from(alerts).where(and(concern(actor), isUnread(actor), isNull(alerts.resolvedAt), gt(alerts.lastAt, sql`now() - interval '30 days'`)));
  return row?.unread ?? 0;
}

/** Throws `not_found` for an alert that does not concern the actor. Read already is fine. */
export async function markAlertRead(actor: Actor, alertId: string): Promise<void> {
  const [found] = await database().select({ id: alerts.id }).from(alerts).where(and(eq(alerts.id, alertId), concern(actor)));
  if (!found) throw new AnyonError('not_found', 'This alert does not exist, or it concerns somebody else.');
  await database().insert(alertReads).values({ alertId, userId: actor.userId }).onConflictDoNothing();
}

export async function markAllAlertsRead(actor: Actor): Promise<void> {
  const rows = await database().select({ alertId: alerts.id }).from(alerts).where(and(concern(actor), isUnread(actor)));
  if (rows.length > 0) await database().insert(alertReads).values(rows.map(({ alertId }) => ({ alertId, userId: actor.userId }))).onConflictDoNothing();
}

function isUnread(actor: Actor): SQL {
  return sql`not exists (select from ${alertReads} where ${alertReads.alertId} = ${alerts.id} and ${alertReads.userId} = ${actor.userId})`;
}

/** For admins: the latest alerts of everybody, with what was sent about each. */
export async function listSentAlerts(): Promise<SentAlertView[]> {
  const rows = await database().select({ ...fields, login: users.login }).from(alerts).leftJoin(users, eq(users.id, alerts.userId)).orderBy(desc(alerts.lastAt), desc(alerts.id)).limit(MOST_SHOWN);
  if (rows.length === 0) return [];
  const deliveries = await database().select().from(alertDeliveries).where(inArray(alertDeliveries.alertId, rows.map(({ id }) => id))).orderBy(alertDeliveries.id);
  return rows.map((row) => ({
    ...row,
    readAt: null,
    deliveries: deliveries
      .filter(({ alertId }) => alertId === row.id)
      .map(({ channel, purpose, status, attempts, held, nextAt, lastFailure, finishedAt }) => ({ channel, purpose, status, attempts, held, nextAt: status === 'waiting' ? nextAt : null, lastFailure, finishedAt })),
  }));
}
