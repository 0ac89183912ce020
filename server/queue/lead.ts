import { openSession } from '@/db/client';
import { databaseUrl } from '@/server/database';

/** Any number, the same in every worker of one database. */
export const LEAD_LOCK = 7_203_512;

/**
 * Waits until this worker holds the lead: a session advisory lock on a connection of its own. `onLost` is called once if
 * that connection ends, for then another worker may hold the lead already; the caller must stop at once.
 */
export async function takeLead(onLost: () => void): Promise<() => Promise<void>> {
  let released = false;
  const sql = openSession(databaseUrl(), () => {
    if (!released) onLost();
  });
  await sql`select pg_advisory_lock(${LEAD_LOCK})`;
  return async () => {
    released = true;
    await sql.end();
  };
}
