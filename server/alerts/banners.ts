import { and, eq, inArray, isNull } from 'drizzle-orm';
import type { Actor } from '@/contract/actor';
import type { Banner } from '@/contract/alert';
import { alerts, claudeConnections, gitHubConnections } from '@/db/schema';
import { passedThreshold } from '@/server/alerts/expiry';
import { database } from '@/server/database';

const services = [
  { service: 'claude', name: 'Claude', table: claudeConnections },
  { service: 'github', name: 'GitHub', table: gitHubConnections },
] as const;

/** What blocks the actor's work or soon will, in a few cheap reads: the machine first, then their connections. */
export async function listBanners(actor: Actor, now = new Date()): Promise<Banner[]> {
  const own = await Promise.all(services.map((service) => ofConnection(service, actor, now)));
  return [...(await ofMachine()), ...own.flat()];
}

/** Said to everybody: it stops everybody's work. */
async function ofMachine(): Promise<Banner[]> {
  const open = await database().select().from(alerts).where(and(inArray(alerts.kind, ['engine_unreachable', 'disk_nearly_full']), isNull(alerts.userId), isNull(alerts.resolvedAt))).orderBy(alerts.id);
  return open.map(({ id, severity, title, body, link }) => ({ key: id, severity: severity === 'error' ? 'error' : 'warning', title, body, link }));
}

async function ofConnection({ service, name, table }: (typeof services)[number], actor: Actor, now: Date): Promise<Banner[]> {
  const [row] = await database().select({ status: table.status, statusReason: table.statusReason, statusSince: table.statusSince, expiresAt: table.expiresAt }).from(table).where(eq(table.userId, actor.userId));
  if (!row) return [];
  const link = '/settings?tab=connections';
  if (row.status === 'failed') {
    return [{ key: `${service}:failed:${row.statusSince.getTime()}`, severity: 'error', title: `Your ${name} connection does not work`, body: row.statusReason ?? 'Connect again.', link }];
  }
  const threshold = passedThreshold(row.expiresAt, now);
  if (threshold === null || row.expiresAt === null) return [];
  const days = Math.ceil((row.expiresAt.getTime() - now.getTime()) / (24 * 3_600_000));
  const when = threshold === 0 ? 'has expired' : days <= 1 ? 'ends within a day' : `ends in ${days} days`;
  return [{ key: `${service}:${threshold}:${row.expiresAt.getTime()}`, severity: threshold <= 1 ? 'error' : 'warning', title: `Your ${name} connection ${when}`, body: 'Connect again before that, and no run has to wait.', link }];
}
