import { and, desc, eq, isNotNull, sql } from 'drizzle-orm';
import { alertChannels, type AlertChannel, type AlertChannelView } from '@/contract/alert';
import { alertChannelRows, alertDeliveries, secrets, secretVersions } from '@/db/schema';
import { database } from '@/server/database';

/** The three channels with how they are doing; one that was never set up is there too, switched off. */
export async function listAlertChannels(): Promise<AlertChannelView[]> {
  const rows = await database()
    .select({ channel: alertChannelRows.channel, enabled: alertChannelRows.enabled, settings: alertChannelRows.settings, secretId: alertChannelRows.secretId, lastFour: secretVersions.lastFour })
    .from(alertChannelRows)
    .leftJoin(secrets, eq(secrets.id, alertChannelRows.secretId))
    .leftJoin(secretVersions, and(eq(secretVersions.secretId, secrets.id), eq(secretVersions.version, secrets.version)));
  return Promise.all(
    alertChannels.map(async (channel) => {
      const row = rows.find((one) => one.channel === channel);
      return { channel, enabled: row?.enabled ?? false, settings: row?.settings ?? {}, hasSecret: Boolean(row?.secretId), secretLastFour: row?.lastFour ?? null, ...(await doings(channel)) };
    }),
  );
}

async function doings(channel: AlertChannel): Promise<Pick<AlertChannelView, 'lastDeliveredAt' | 'lastFailure' | 'lastFailureAt' | 'waiting'>> {
  const [counts] = await database()
    .select({
      lastDeliveredAt: sql<string | null>`max(${alertDeliveries.finishedAt}) filter (where ${alertDeliveries.status} = 'delivered')`,
      waiting: sql<number>`(count(*) filter (where ${alertDeliveries.status} = 'waiting'))::int`,
    })
    .from(alertDeliveries)
    .where(eq(alertDeliveries.channel, channel));
  const [failure] = await database()
    .select({ lastFailure: alertDeliveries.lastFailure, lastFailureAt: alertDeliveries.triedAt })
    .from(alertDeliveries)
    .where(and(eq(alertDeliveries.channel, channel), isNotNull(alertDeliveries.lastFailure), isNotNull(alertDeliveries.triedAt)))
    .orderBy(desc(alertDeliveries.triedAt))
    .limit(1);
  return { lastDeliveredAt: counts?.lastDeliveredAt ? new Date(counts.lastDeliveredAt) : null, waiting: counts?.waiting ?? 0, lastFailure: failure?.lastFailure ?? null, lastFailureAt: failure?.lastFailureAt ?? null };
}
