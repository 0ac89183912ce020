import { eq, inArray } from 'drizzle-orm';
import { alertDeliveries, alerts, users } from '@/db/schema';
import type { AlertMessage, MessageEntry } from '@/server/alerts/alert-message';
import { alertLine, alertText } from '@/server/alerts/alert-text';
import { database } from '@/server/database';
import { env } from '@/server/env';

/** What these deliveries say now, oldest first; null when their matters are gone. */
export async function readMessage(id: string, deliveryIds: readonly string[]): Promise<AlertMessage | null> {
  const rows = await database()
    .select({ alert: alerts, delivery: { id: alertDeliveries.id, purpose: alertDeliveries.purpose }, login: users.login })
    .from(alertDeliveries)
    .innerJoin(alerts, eq(alerts.id, alertDeliveries.alertId))
    .leftJoin(users, eq(users.id, alerts.userId))
    .where(inArray(alertDeliveries.id, [...deliveryIds]))
    .orderBy(alertDeliveries.id);
  const [first, ...rest] = rows.map(({ alert, delivery, login }): MessageEntry => ({
    ...delivery,
    key: alert.key,
    kind: alert.kind,
    severity: alert.severity,
    title: alertLine(alert.title),
    body: alertText(alert.body),
    link: wholeAddress(alert.link),
    count: alert.count,
    raisedAt: alert.createdAt,
    settledAt: alert.resolvedAt,
    login,
  }));
  return first ? { id, deployment: deploymentName(), entries: [first, ...rest] } : null;
}

/** The host that people know this install by. */
export function deploymentName(): string {
  return new URL(env().publicUrl).host;
}

/** Never leads out of the product. */
function wholeAddress(link: string | null): string | null {
  const base = env().publicUrl;
  const url = link === null ? null : URL.parse(link, base);
  return url && url.origin === new URL(base).origin ? url.href : null;
}
