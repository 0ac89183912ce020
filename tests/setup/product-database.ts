import { readFileSync } from 'node:fs';
import path from 'node:path';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';

/** The embedded Postgres of a running product, as its own user: to plant rows that no procedure would write, and to look at what is stored. */
export function openProductDatabase(dataDir: string) {
  const directory = path.join(dataDir, 'postgres');
  const password = readFileSync(path.join(directory, 'password'), 'utf8').trim();
  const port = Number(readFileSync(path.join(directory, 'cluster/postmaster.pid'), 'utf8').split('\n')[3]);
  const sql = postgres({ host: '127.0.0.1', port, user: 'anyon', password, database: 'anyon', max: 2, onnotice: () => {} });
  return { database: drizzle(sql), sql, close: () => sql.end({ timeout: 5 }) };
}
