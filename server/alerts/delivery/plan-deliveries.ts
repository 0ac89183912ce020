import { and, eq, inArray, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { AlertChannel, AlertSettings, DeliveryPurpose } from '@/contract/alert';
import { alertChannelRows, alertDeliveries } from '@/db/schema';
import { readAlertSettings } from '@/server/alerts/alert-settings';
import { isQuiet } from '@/server/alerts/quiet-time';
import { database, rawDatabase } from '@/server/database';

const MINUTE = 60_000;

/**
 * Makes a delivery for whatever an enabled channel has to tell and has not been told: matters that are new, those that were raised
 * again once `repeatAfterMinutes` have passed, and for Slack the end of those it knows of. Then holds or releases by the quiet
 * time. Safe to repeat at any moment: the indexes allow one first and one waiting delivery of a matter per channel.
 */
export async function planDeliveries(now = new Date()): Promise<void> {
  const settings = await readAlertSettings();
  const channels = await database().select({ channel: alertChannelRows.channel }).from(alertChannelRows).where(eq(alertChannelRows.enabled, true));
  for (const { channel } of channels) {
    const fresh = await newMatters(channel); // read first: what came before a matter of the same key is over by now, and is told before it
    if (channel === 'slack') await add(channel, 'settled', await settledMatters(channel), now);
    await add(channel, 'still', await repeatedMatters(channel, settings, now), now);
    await add(channel, 'raised', fresh, now);
    if (isQuiet(settings.quiet, now)) await hold(channel);
    else await release(channel, now);
  }
}

async function add(channel: AlertChannel, purpose: DeliveryPurpose, alertIds: readonly string[], now: Date): Promise<void> {
  for (const alertId of alertIds) {
    await database().insert(alertDeliveries).values({ id: uuidv7(), alertId, channel, purpose, status: 'waiting', nextAt: now }).onConflictDoNothing();
  }
}

/** Also those that are settled by now: what was over before anybody looked still happened. */
async function newMatters(channel: AlertChannel): Promise<string[]> {
  const rows = await rawDatabase()<{ id: string }[]>`
    select a.id from alerts a join alert_channels c on c.channel = ${channel}
    where a.last_at >= c.enabled_at and a.last_at > now() - interval '7 days'
      and not exists (select from alert_deliveries d where d.alert_id = a.id and d.channel = ${channel})
    order by a.created_at, a.id`;
  return rows.map(({ id }) => id);
}

async function repeatedMatters(channel: AlertChannel, { repeatAfterMinutes }: AlertSettings, now: Date): Promise<string[]> {
  const before = new Date(now.getTime() - repeatAfterMinutes * MINUTE).toISOString();
  const rows = await rawDatabase()<{ id: string }[]>`
    select a.id from alerts a join alert_channels c on c.channel = ${channel}
    join lateral (
      select max(d.told_count) as told, max(d.finished_at) as at, bool_or(d.status = 'waiting') as waiting
      from alert_deliveries d where d.alert_id = a.id and d.channel = ${channel}
    ) d on true
    where a.resolved_at is null and not d.waiting and a.count > d.told and d.at <= ${before}::timestamptz and a.last_at >= c.enabled_at
    order by a.created_at, a.id`;
  return rows.map(({ id }) => id);
}

/** Where the last message went out before the matter was over: a message that was put together later said so itself. An expiry is over only because the next threshold has come, or by what its person did. */
async function settledMatters(channel: AlertChannel): Promise<string[]> {
  const rows = await rawDatabase()<{ id: string }[]>`
    select a.id from alerts a
    join lateral (
      select d.status, d.purpose, d.tried_at from alert_deliveries d where d.alert_id = a.id and d.channel = ${channel} order by d.id desc limit 1
    ) d on true
    where a.resolved_at is not null and a.kind <> 'secret_expiring' and d.purpose <> 'settled' and d.status = 'delivered' and d.tried_at < a.resolved_at
    order by a.resolved_at, a.id`;
  return rows.map(({ id }) => id);
}

/** In the quiet time only the first message of an error goes out. */
async function hold(channel: AlertChannel): Promise<void> {
  await rawDatabase()`
    update alert_deliveries d set held = not (a.severity = 'error' and d.purpose = 'raised') from alerts a
    where a.id = d.alert_id and d.channel = ${channel} and d.status = 'waiting' and d.held = (a.severity = 'error' and d.purpose = 'raised')`;
}

/** What was held goes out as one message. */
async function release(channel: AlertChannel, now: Date): Promise<void> {
  const held = and(eq(alertDeliveries.channel, channel), eq(alertDeliveries.status, 'waiting'), eq(alertDeliveries.held, true));
  const rows = await database().select({ id: alertDeliveries.id }).from(alertDeliveries).where(held);
  if (rows.length === 0) return;
  const ids = rows.map(({ id }) => id);
  await database()
    .update(alertDeliveries)
    .set({ held: false, digestId: ids.length > 1 ? uuidv7() : sql`null`, nextAt: now })
    .where(and(inArray(alertDeliveries.id, ids), held));
}
