import { mkdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import postgres from 'postgres';
import type { TestProject } from 'vitest/node';
import type { Sql } from '@/db/client';
import { migrateDatabase } from '@/db/migrate';
import { startEmbeddedPostgres, stopEmbeddedPostgres } from '@/server/deployment/embedded-postgres';
import { ownName } from '@/tests/setup/owned-names';
import { TEMPLATE_DATABASE, TEST_DATABASE_PREFIX } from '@/tests/setup/test-database';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the test server's maintenance database. */
    testPostgres: string;
  }
}

/** Any port; the next free one is taken. Away from the product's own. */
const FIRST_PORT = 25_433;

/** A real Postgres for the tests of one run, with a migrated template that every test database is copied from. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = path.join(os.tmpdir(), await ownName('anyon-test-postgres-'));
  mkdirSync(directory, { mode: 0o755 }); // Postgres runs as another user where this is root
  const stop = async () => {
    await stopEmbeddedPostgres(directory);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await suitTests((await startEmbeddedPostgres({ directory, port: FIRST_PORT })).url);
    await stopEmbeddedPostgres(directory);
    const { url } = await startEmbeddedPostgres({ directory, port: FIRST_PORT });
    await makeTemplate(url);
    project.provide('testPostgres', url);
    return async () => {
      const left = await leftDatabases(url);
      await stop();
      if (left.length > 0) throw new Error(`Tests left databases behind, call drop(): ${left.join(', ')}`);
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * No test takes the power from this server, so nothing waits for the disk: a commit takes a tenth of the time, the end of a
 * database a twentieth. Several files at a time, each with several workers, have more connections than the usual hundred.
 */
async function suitTests(url: string): Promise<void> {
  await withServer(url, async (sql) => {
    for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes']) await sql.unsafe(`alter system set ${setting} = off`);
    await sql`alter system set max_connections = 300`;
  });
}

async function makeTemplate(url: string): Promise<void> {
  await withServer(url, (sql) => sql`create database ${sql(TEMPLATE_DATABASE)}`);
  const template = new URL(url);
  template.pathname = `/${TEMPLATE_DATABASE}`;
  await migrateDatabase(template.href, path.resolve(import.meta.dirname, '../../db/migrations'));
}

async function leftDatabases(url: string): Promise<string[]> {
  const rows = await withServer(url, (sql) => sql<{ datname: string }[]>`select datname from pg_database where datname like ${`${TEST_DATABASE_PREFIX}%`}`);
  return rows.map((row) => row.datname);
}

async function withServer<T>(url: string, run: (sql: Sql) => PromiseLike<T>): Promise<T> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    return await run(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}
