import path from 'node:path';
import { openDatabase, openPool } from '@/db/client';
import { migrateDatabase } from '@/db/migrate';
import { containerEngine } from '@/server/containers/container-engine';
import { startEmbeddedPostgres } from '@/server/deployment/embedded-postgres';
import { ensureDirectories } from '@/server/deployment/directories';
import { postgresDir } from '@/server/deployment/paths';
import { mountSecretsMemory } from '@/server/deployment/secrets-place';
import { ensureFirewall } from '@/server/egress/firewall';
import { env } from '@/server/env';
import { AnyonError, describeError } from '@/server/errors';
import { log } from '@/server/log';
import { authSecret } from '@/server/parent/auth-secret';
import { egressUrl, type Surroundings } from '@/server/parent/children';
import { secretKeys } from '@/server/parent/secret-key';
import { makeKeyring, type WrittenKeys } from '@/server/secrets/keyring';
import { assertNoMissingKeys } from '@/server/secrets/missing-keys';

/** Address of the database: DATABASE_URL, else that of the embedded Postgres, which is adopted or started. */
export async function ensureDatabaseUrl(): Promise<string> {
  const given = env().DATABASE_URL;
  if (given) return given;
  const { url, port, adopted } = await startEmbeddedPostgres({ directory: postgresDir(), port: env().ANYON_POSTGRES_PORT });
  log().info({ port, adopted }, 'parent: embedded Postgres is ready');
  return url;
}

/** Everything that must stand before the children start: directories, keys, database with the newest schema, firewall, the host's address. */
export async function prepareSurroundings(): Promise<Surroundings> {
  await ensureDirectories();
  const { databaseUrl, keys } = await bringDatabaseForward();
  const gateway = await containerEngine().hostGateway();
  const secretsPlace = await mountSecretsMemory();
  if (secretsPlace.problem) log().warn({ problem: secretsPlace.problem }, 'parent: secrets of runs are not kept in memory');
  const { problem } = await ensureFirewall(new URL(egressUrl(gateway)));
  if (problem) log().error({ problem }, 'parent: workspaces are not kept from this machine');
  return { databaseUrl, authSecret: await authSecret(), secretKeys: keys, gateway };
}

/**
 * The database with the newest schema, and every secret in it readable. An upgrade asks for this while the Anyon of before still runs, which the schema suits
 * as well (tests/house/migrations.test.ts): what refuses has then stopped nothing.
 */
export async function bringDatabaseForward(): Promise<{ databaseUrl: string; keys: WrittenKeys }> {
  const keys = await secretKeys();
  const databaseUrl = await ensureDatabaseUrl();
  await bringSchemaUp(databaseUrl);
  await assertSecretsCanBeRead(databaseUrl, keys);
  return { databaseUrl, keys };
}

async function bringSchemaUp(databaseUrl: string): Promise<void> {
  try {
    await migrateDatabase(databaseUrl, path.join(import.meta.dirname, 'migrations'));
  } catch (error) {
    const reason = describeError(error instanceof Error ? (error.cause ?? error) : error);
    throw new AnyonError('precondition', `The database could not be brought to the schema of this version (${reason}). Nothing was changed: go back to the version that made this data, or use an empty data directory.`, { cause: error });
  }
}

async function assertSecretsCanBeRead(databaseUrl: string, keys: WrittenKeys): Promise<void> {
  const sql = openPool(databaseUrl, { max: 1 });
  try {
    await assertNoMissingKeys(openDatabase(sql), makeKeyring(keys));
  } finally {
    await sql.end({ timeout: 1 });
  }
}
