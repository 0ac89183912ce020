import { and, eq, sql } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import type { AlertChannelView, SetAlertChannelInput } from '@/contract/alert';
import type { DatabaseOrTransaction } from '@/db/client';
import { alertChannelRows, alertDeliveries, alerts } from '@/db/schema';
import { listAlertChannels } from '@/server/alerts/channels/channel-views';
import { readDsn } from '@/server/alerts/channels/sentry';
import { recordAudit } from '@/server/audit/record-audit';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import { maskTokens } from '@/server/secrets/masked-text';
import { limitRate } from '@/server/rate-limits';
import { deleteSecret, putSecret } from '@/server/secrets/vault';

type Row = typeof alertChannelRows.$inferSelect;

/** What is stored in the clear, and what becomes of the secret: a new value, the one that is there, or none. */
interface Wanted {
  settings: Record<string, unknown>;
  secret: { value: string } | 'keep' | 'none';
}

/**
 * Sets a channel up, changes it or switches it off. The secret goes to the vault and is never shown again. Messages that wait for a
 * channel that is switched off are given up; one that is switched on tells only what is raised from then on. When one that is on is
 * put right, what could not go out in the last day and is still open goes out after all.
 */
export async function setAlertChannel(actor: Actor, input: SetAlertChannelInput): Promise<AlertChannelView[]> {
  await limitRate('set-alert-channel', actor.userId, { points: 30, seconds: 60 });
  await database().transaction(async (tx) => {
    const [before] = await tx.select().from(alertChannelRows).where(eq(alertChannelRows.channel, input.channel)).for('update');
    const { settings, secret } = readWanted(input, before);
    const secretId = await storeSecret(tx, input.channel, secret, before?.secretId ?? null);
    const fields = { enabled: input.enabled, settings, secretId, changedAt: sql`now()` };
    const isNew = input.enabled && !before?.enabled;
    await tx
      .insert(alertChannelRows)
      .values({ channel: input.channel, ...fields })
      .onConflictDoUpdate({ target: alertChannelRows.channel, set: { ...fields, ...(isNew && { enabledAt: sql`now()` }) } });
    if (before?.secretId && secretId === null) await deleteSecret(tx, before.secretId);
    if (!input.enabled) await giveUpWaiting(tx, input.channel);
    else if (before?.enabled) await tryFailedAgain(tx, input.channel);
    await recordAudit(tx, { action: 'alert_channel_changed', actor, subject: { name: input.channel }, details: { enabled: input.enabled, secret: typeof secret === 'string' ? secret : 'replaced', host: typeof settings['host'] === 'string' ? settings['host'] : null } });
  });
  return listAlertChannels();
}

function readWanted(input: SetAlertChannelInput, before: Row | undefined): Wanted {
  if (input.channel === 'email') return readEmail(input, before);
  const given = input.channel === 'slack' ? input.webhookUrl : input.dsn;
  if (given === undefined) {
    if (!before?.secretId && input.enabled) throw new AnyonError('invalid', input.channel === 'slack' ? 'Enter the address of the webhook.' : 'Enter the DSN.');
    return { settings: before?.settings ?? {}, secret: before?.secretId ? 'keep' : 'none' };
  }
  if (input.channel === 'slack') return { settings: { host: hostOfWebhook(given) }, secret: { value: given } };
  const { host, projectId } = readDsn(given);
  return { settings: { host, projectId }, secret: { value: given } };
}

/** A stored password is never sent to another server, or less safely, than the one it was entered for. */
function readEmail({ host, port, security, username, password, from, to }: Extract<SetAlertChannelInput, { channel: 'email' }>, before: Row | undefined): Wanted {
  const settings = { host, port, security, username: username || null, from, to };
  if (!settings.username) return { settings, secret: 'none' };
  if (password !== undefined) return { settings, secret: { value: password } };
  if (!before?.secretId) throw new AnyonError('invalid', 'Enter the password that belongs to the user name.');
  const isSame = (['host', 'port', 'security', 'username'] as const).every((name) => before.settings[name] === settings[name]);
  if (!isSame) throw new AnyonError('invalid', 'Server, encryption or user name have changed: enter the password again.');
  return { settings, secret: 'keep' };
}

function hostOfWebhook(address: string): string {
  const url = new URL(address);
  if (url.username || url.password) throw new AnyonError('invalid', 'The address of a webhook holds no user name and no password.');
  return url.host;
}

async function storeSecret(tx: DatabaseOrTransaction, channel: string, secret: Wanted['secret'], before: string | null): Promise<string | null> {
  if (secret === 'keep') return before;
  if (secret === 'none') return null;
  return (await putSecret(tx, { ownerId: null, kind: 'alert', name: channel }, secret.value)).secretId;
}

async function giveUpWaiting(tx: DatabaseOrTransaction, channel: Row['channel']): Promise<void> {
  await tx
    .update(alertDeliveries)
    .set({ status: 'failed', held: false, lastFailure: maskTokens('The channel was switched off.'), finishedAt: sql`now()` })
    .where(and(eq(alertDeliveries.channel, channel), eq(alertDeliveries.status, 'waiting')));
}

async function tryFailedAgain(tx: DatabaseOrTransaction, channel: Row['channel']): Promise<void> {
  const isOpen = sql`exists (select from ${alerts} where ${alerts.id} = ${alertDeliveries.alertId} and ${alerts.resolvedAt} is null)`;
  const waits = sql`exists (select from alert_deliveries w where w.alert_id = ${alertDeliveries.alertId} and w.channel = ${channel} and w.status = 'waiting')`;
  await tx
    .update(alertDeliveries)
    .set({ status: 'waiting', attempts: 0, nextAt: sql`now()`, finishedAt: null })
    .where(and(eq(alertDeliveries.channel, channel), eq(alertDeliveries.status, 'failed'), eq(alertDeliveries.purpose, 'raised'), sql`${alertDeliveries.finishedAt} > now() - interval '1 day'`, isOpen, sql`not ${waits}`));
}
