import { sql } from 'drizzle-orm';
import { claudeBooths } from '@/db/schema';
import { BOOTH_LABEL, removeBooth } from '@/server/connections/claude/booth/booth';
import type { ContainerEngine } from '@/server/containers/engine';
import { database } from '@/server/database';
import { env } from '@/server/env';

/** Longer than any trial takes. */
const OLD_MINUTES = 10;

/**
 * Removes what is left of booths whose process died: whatever has no row, trials whose time is over, and sign-ins that are not among
 * the live ones. Only the worker may call it: it alone carries sign-ins out, so it knows which are live.
 */
export async function sweepBooths(engine: ContainerEngine, liveLogins: ReadonlySet<string>): Promise<void> {
  const labels = { 'anyon.instance': env().ANYON_INSTANCE };
  // Listed before the rows: what is listed and has no row then is being removed, or was left behind.
  const objects = [...(await engine.summarizeContainers({ labels })), ...(await engine.listNetworks(labels))];
  const isOld = sql<boolean>`${claudeBooths.createdAt} < now() - make_interval(mins => ${OLD_MINUTES})`;
  const rows = await database().select({ id: claudeBooths.id, purpose: claudeBooths.purpose, isOld }).from(claudeBooths);
  const known = new Set(rows.map(({ id }) => id));
  const lost = objects.map((object) => object.labels[BOOTH_LABEL]).filter((id) => id !== undefined && !known.has(id));
  const over = rows.filter((row) => (row.purpose === 'login' ? !liveLogins.has(row.id) : row.isOld)).map(({ id }) => id);
  for (const id of new Set([...lost, ...over])) if (id) await removeBooth(engine, id);
}
