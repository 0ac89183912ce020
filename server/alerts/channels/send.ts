import { eq } from 'drizzle-orm';
import { emailSettingsSchema, type AlertChannel } from '@/contract/alert';
import { alertChannelRows } from '@/db/schema';
import type { AlertMessage, SendOutcome } from '@/server/alerts/alert-message';
import { alertText } from '@/server/alerts/alert-text';
import { sendEmail } from '@/server/alerts/channels/email';
import { sendToSentry } from '@/server/alerts/channels/sentry';
import { sendToSlack } from '@/server/alerts/channels/slack';
import { database } from '@/server/database';
import { describeError } from '@/server/errors';
import { createMasker } from '@/server/secrets/mask';
import { secretNeedles } from '@/server/secrets/mask-needles';
import { currentVersion, revealSecret } from '@/server/secrets/vault';

/** Sends it through the channel as it is set up now. Never throws; what it says holds nothing of the channel's secret. */
export async function sendThrough(channel: AlertChannel, message: AlertMessage): Promise<SendOutcome> {
  const [row] = await database().select().from(alertChannelRows).where(eq(alertChannelRows.channel, channel));
  if (!row) return { ok: false, sentence: 'The channel is not set up.', permanent: true };
  let secret: string | null;
  try {
    const version = row.secretId === null ? null : await currentVersion(database(), row.secretId);
    secret = version && (await revealSecret(database(), version));
  } catch (error) {
    return { ok: false, sentence: `The secret of the channel cannot be read: ${describeError(error)}`, permanent: false };
  }
  const outcome = await send(channel, { settings: row.settings, secret }, message).catch((error: unknown): SendOutcome => ({ ok: false, sentence: describeError(error), permanent: false }));
  return outcome.ok ? outcome : { ...outcome, sentence: withoutSecret(outcome.sentence, secret) };
}

async function send(channel: AlertChannel, { settings, secret }: { settings: Record<string, unknown>; secret: string | null }, message: AlertMessage): Promise<SendOutcome> {
  if (channel === 'email') return sendEmail(emailSettingsSchema.parse(settings), secret, message);
  if (secret === null) return { ok: false, sentence: 'The channel has no address any more. Enter it again.', permanent: true };
  return channel === 'slack' ? sendToSlack(secret, message) : sendToSentry(secret, message);
}

/** A service may well say back what it was told. */
function withoutSecret(sentence: string, secret: string | null): string {
  const text = alertText(sentence);
  if (secret === null) return text;
  const parts = URL.canParse(secret) ? [secret, ...new URL(secret).pathname.split('/'), new URL(secret).username].filter((part) => part.length >= 8) : [secret];
  return createMasker(secretNeedles(parts)).maskText(text);
}
