import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { migrateDatabase } from '@/db/migrate';
import { startEmbeddedPostgres, stopEmbeddedPostgres } from '@/server/deployment/embedded-postgres';
import { PREPARED_CLUSTER } from '@/tests/setup/lay-cluster';

/** Any port; the next free one is taken. Away from the product's own. */
const FIRST_PORT = 25_533;

/** Makes a database server's files once for all products of a test run, with the newest schema: that part of a first start takes seconds. */
export default async function setup(): Promise<() => void> {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-prepared-cluster-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  try {
    chmodSync(directory, 0o755); // Postgres runs as another user where this is root
    const { url } = await startEmbeddedPostgres({ directory, port: FIRST_PORT });
    await migrateDatabase(url, path.resolve(import.meta.dirname, '../../db/migrations'));
  } catch (error) {
    await stopEmbeddedPostgres(directory);
    remove();
    throw error;
  }
  await stopEmbeddedPostgres(directory);
  process.env[PREPARED_CLUSTER] = directory;
  return remove;
}
