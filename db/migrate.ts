import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';

/** Drizzle's migrator is not safe against itself; two processes that start together take turns on this advisory lock. */
const MIGRATION_LOCK = 7_203_511;

/** Brings the database to the newest schema. `migrationsFolder` holds the generated SQL (db/migrations). Safe to call at every start. */
export async function migrateDatabase(url: string, migrationsFolder: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await sql`select pg_advisory_lock(${MIGRATION_LOCK})`;
    await migrate(drizzle(sql), { migrationsFolder });
  } finally {
    await sql.end();
  }
}
