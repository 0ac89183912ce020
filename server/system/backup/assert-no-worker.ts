import { openPool } from '@/db/client';
import { AnyonError } from '@/server/errors';
import { LEAD_LOCK } from '@/server/queue/lead';

/** Throws `conflict` while a worker works with this database: its process may be where it is not to be seen from here, in another container or on another machine. */
export async function assertNoWorker(databaseUrl: string): Promise<void> {
  const sql = openPool(databaseUrl, { max: 1 });
  try {
    const [found] = await sql<{ held: boolean }[]>`
      select exists (
        select from pg_locks
        where locktype = 'advisory' and granted and classid = 0 and objid = ${LEAD_LOCK} and objsubid = 1
          and database = (select oid from pg_database where datname = current_database())
      ) as held`;
    if (found?.held) throw new AnyonError('conflict', 'A worker of Anyon is at work with this database. Stop Anyon first (`npm run down`, `docker compose stop anyon` or `systemctl stop anyon`), then restore.');
  } finally {
    await sql.end({ timeout: 1 });
  }
}
