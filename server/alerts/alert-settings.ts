import { eq } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import type { AlertSettings } from '@/contract/alert';
import type { DatabaseOrTransaction } from '@/db/client';
import { alertSettings } from '@/db/schema';
import { assertQuietTime } from '@/server/alerts/quiet-time';
import { recordAudit } from '@/server/audit/record-audit';
import { database } from '@/server/database';

const usual: AlertSettings = { quiet: null, repeatAfterMinutes: 60 };

/** Quiet time and repetition, for all channels. */
export async function readAlertSettings(db: DatabaseOrTransaction = database()): Promise<AlertSettings> {
  const [row] = await db.select({ settings: alertSettings.settings }).from(alertSettings).where(eq(alertSettings.id, 1));
  return row?.settings ?? usual;
}

/** Counts from the worker's next round on, also for what waits already. */
export async function setAlertSettings(actor: Actor, settings: AlertSettings): Promise<AlertSettings> {
  assertQuietTime(settings.quiet);
  await database().transaction(async (tx) => {
    await tx.insert(alertSettings).values({ id: 1, settings }).onConflictDoUpdate({ target: alertSettings.id, set: { settings } });
    const { quiet, repeatAfterMinutes } = settings;
    await recordAudit(tx, { action: 'alert_settings_changed', actor, details: { quiet: quiet ? `${quiet.from}–${quiet.to} ${quiet.timeZone}` : null, repeatAfterMinutes } });
  });
  return settings;
}
