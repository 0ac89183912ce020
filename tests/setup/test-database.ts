import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { inject } from 'vitest';
import { openDatabase, openPool, type Database, type Sql } from '@/db/client';

export const TEMPLATE_DATABASE = 'anyon_template';
export const TEST_DATABASE_PREFIX = 'anyon_test_';

export interface TestDatabase {
  url: string;
  database: Database;
  sql: Sql;
  /** Ends its connections, also those of the code under test, and removes it. Every test database must be dropped. */
  drop: () => Promise<void>;
}

/** A migrated, empty database of its own on the real Postgres that tests/setup/test-postgres.ts started. Takes about 0.1 s. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = inject('testPostgres');
  if (!server) throw new Error('This test project has no Postgres: give it the globalSetup tests/setup/test-postgres.ts.');
  const name = `${TEST_DATABASE_PREFIX}${randomBytes(6).toString('hex')}`;
  await onServer(server, (sql) => sql`create database ${sql(name)} template ${sql(TEMPLATE_DATABASE)}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const sql = openPool(url.href, { max: 5 });
  return {
    url: url.href,
    sql,
    database: openDatabase(sql),
    async drop() {
      await sql.end({ timeout: 1 });
      await onServer(server, (admin) => admin`drop database if exists ${admin(name)} with (force)`);
    },
  };
}

async function onServer(url: string, run: (sql: Sql) => Promise<unknown>): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await run(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}
