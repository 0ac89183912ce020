import { sql } from 'drizzle-orm';
import { alerts } from '@/db/schema';
import { database } from '@/server/database';

/** Three months after a matter was last heard of, nobody asks any more. What was sent about it goes with it. */
export async function forgetOldAlerts(): Promise<void> {
  await database().delete(alerts).where(sql`${alerts.lastAt} < now() - interval '90 days'`);
}
