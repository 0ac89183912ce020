import { and, eq, isNull, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { AlertKind, AlertSeverity } from '@/contract/alert';
import type { MaskedText } from '@/contract/masked-text';
import type { DatabaseOrTransaction } from '@/db/client';
import { alerts } from '@/db/schema';
import { alertLine, alertText } from '@/server/alerts/alert-text';

export interface NewAlert {
  kind: AlertKind;
  severity: AlertSeverity;
  /** Names the matter, such as `claude_sign_in_failed:<user id>`: while it is open it is counted, not repeated. */
  key: string;
  /** Whom it concerns; null: the admins. */
  userId: string | null;
  /** One line. */
  title: string;
  /** What happened and what to do, in sentences. Masked by the caller where a run had a part in it. */
  body: string;
  /** Path in the product that helps. */
  link: string | null;
}

/** Raises an alert, or counts it when the same matter is open already. Delivery to the channels follows by itself. */
export async function raiseAlert(db: DatabaseOrTransaction, { title, body, ...alert }: NewAlert): Promise<void> {
  const text = cleaned(title, body);
  await db
    .insert(alerts)
    .values({ ...alert, ...text, id: uuidv7() })
    .onConflictDoUpdate({ target: alerts.key, targetWhere: sql`resolved_at is null`, set: { ...text, severity: alert.severity, link: alert.link, count: sql`${alerts.count} + 1`, lastAt: sql`now()` } });
}

/** The same for what is looked at again and again: an open matter is left as it is, not counted. */
export async function raiseAlertOnce(db: DatabaseOrTransaction, { title, body, ...alert }: NewAlert): Promise<void> {
  await db
    .insert(alerts)
    .values({ ...alert, ...cleaned(title, body), id: uuidv7() })
    .onConflictDoNothing({ target: alerts.key, where: sql`resolved_at is null` });
}

/** Tokens are masked before a row holds them. */
function cleaned(title: string, body: string): { title: MaskedText; body: MaskedText } {
  return { title: alertLine(alertLine(title).slice(0, 200)), body: alertText(alertText(body).slice(0, 4000)) };
}

/** The matter is settled; the next time it is raised it is a new alert. Nothing happens when it is not open. */
export async function resolveAlert(db: DatabaseOrTransaction, key: string): Promise<void> {
  await db
    .update(alerts)
    .set({ resolvedAt: sql`now()` })
    .where(and(eq(alerts.key, key), isNull(alerts.resolvedAt)));
}
