import { and, eq, isNull, notExists, sql } from 'drizzle-orm';
import { alerts, runs } from '@/db/schema';
import type { DatabaseOrTransaction } from '@/db/client';
import { raiseAlert, resolveAlert } from '@/server/alerts/raise-alert';
import { database } from '@/server/database';

/** Names the matter: one alert for all runs of a person until the limit has reset. */
function keyOf(userId: string): string {
  return `usage_limit:${userId}`;
}

/** Tells a person that their runs wait for a limit. */
export async function raiseLimitAlert(db: DatabaseOrTransaction, userId: string, { reason, until }: { reason: string; until: Date }): Promise<void> {
  const at = until.toISOString().slice(0, 16).replace('T', ' ');
  await raiseAlert(db, {
    kind: 'usage_limit',
    severity: 'info',
    key: keyOf(userId),
    userId,
    title: 'Runs wait for a usage limit',
    body: `${reason} Runs that need it wait and go on by themselves at ${at} UTC.`,
    link: '/workspaces',
  });
}

/** One of the person's runs goes on: what comes now is another limit. */
export async function resolveLimitAlert(db: DatabaseOrTransaction, userId: string): Promise<void> {
  await resolveAlert(db, keyOf(userId));
}

/** Settles the alerts of those of whom no run waits any more: it was stopped, or deleted with its workspace. */
export async function settleLimitAlerts(): Promise<void> {
  const waiting = database()
    .select({ one: sql`1` })
    .from(runs)
    .where(and(eq(runs.startedById, alerts.userId), eq(runs.status, 'parked'), eq(runs.parkedFor, 'usage_limit')));
  const settled = await database()
    .select({ key: alerts.key })
    .from(alerts)
    .where(and(eq(alerts.kind, 'usage_limit'), isNull(alerts.resolvedAt), notExists(waiting)));
  for (const { key } of settled) await resolveAlert(database(), key);
}
