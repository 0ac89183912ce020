import { setTimeout as sleep } from 'node:timers/promises';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';

/** Drizzle's migrator is not safe against itself; two processes that start together take turns on this advisory lock. */
const MIGRATION_LOCK = 7_203_511;

/** Whoever uses a table waits behind a migration that waits for that table. So none waits for longer than this at a time; it is begun anew, after a pause for the others. */
const LOCK_PATIENCE = '1s';
const PAUSE_MS = 1_000;
const TRIES = 30;
const LOCK_NOT_AVAILABLE = '55P03';

/**
 * Brings the database to the newest schema: all of it in one transaction, or none. `migrationsFolder` holds the generated SQL (db/migrations). Safe to call at every
 * start, and while processes of the release before are at work.
 */
export async function migrateDatabase(url: string, migrationsFolder: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await sql`select pg_advisory_lock(${MIGRATION_LOCK})`;
    await sql`select set_config('lock_timeout', ${LOCK_PATIENCE}, false)`;
    for (let tries = 1; ; tries += 1) {
      try {
        return await migrate(drizzle(sql), { migrationsFolder });
      } catch (error) {
        if (tries === TRIES || !isLockTimeout(error)) throw error;
        await sleep(PAUSE_MS);
      }
    }
  } finally {
    await sql.end();
  }
}

function isLockTimeout(error: unknown): boolean {
  const { code, cause } = (typeof error === 'object' && error !== null ? error : {}) as { code?: unknown; cause?: unknown };
  return code === LOCK_NOT_AVAILABLE || (cause !== undefined && isLockTimeout(cause));
}
