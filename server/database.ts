import { openDatabase, openPool, type Database, type Sql } from '@/db/client';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';
import { processState } from '@/server/process-state';

interface Pool {
  sql: Sql;
  database: Database;
}

function pool(): Pool {
  return processState('database', () => {
    const sql = openPool(databaseUrl(), { max: 10 });
    return { sql, database: openDatabase(sql) };
  });
}

/** Address of the database of this process: DATABASE_URL, which the parent sets when Postgres is the embedded one. */
export function databaseUrl(): string {
  const url = env().DATABASE_URL;
  if (!url) throw new AnyonError('precondition', 'DATABASE_URL is not set. Start Anyon with `npm run up`.');
  return url;
}

/** The one pool of this process. */
export function database(): Database {
  return pool().database;
}

/** The pool without Drizzle, for what the builder has no words for. */
export function rawDatabase(): Sql {
  return pool().sql;
}
