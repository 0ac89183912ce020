import path from 'node:path';
import { migrateDatabase } from '@/db/migrate';
import { containerEngine } from '@/server/containers/container-engine';
import { startEmbeddedPostgres } from '@/server/deployment/embedded-postgres';
import { ensureDirectories, postgresDir } from '@/server/deployment/paths';
import { ensureFirewall } from '@/server/egress/firewall';
import { env } from '@/server/env';
import { AnyonError, describeError } from '@/server/errors';
import { log } from '@/server/log';
import { authSecret } from '@/server/parent/auth-secret';
import { egressUrl, type Surroundings } from '@/server/parent/children';

/** Address of the database: DATABASE_URL, else that of the embedded Postgres, which is adopted or started. */
export async function ensureDatabaseUrl(): Promise<string> {
  const given = env().DATABASE_URL;
  if (given) return given;
  const { url, port, adopted } = await startEmbeddedPostgres({ directory: postgresDir(), port: env().ANYON_POSTGRES_PORT });
  log().info({ port, adopted }, 'parent: embedded Postgres is ready');
  return url;
}

/** Everything that must stand before the children start: directories, database with the newest schema, secret, firewall, the host's address. */
export async function prepareSurroundings(): Promise<Surroundings> {
  await ensureDirectories();
  const databaseUrl = await ensureDatabaseUrl();
  await bringSchemaUp(databaseUrl);
  const gateway = await containerEngine().hostGateway();
  const { problem } = await ensureFirewall(new URL(egressUrl(gateway)));
  if (problem) log().error({ problem }, 'parent: workspaces are not kept from this machine');
  return { databaseUrl, authSecret: await authSecret(), gateway };
}

async function bringSchemaUp(databaseUrl: string): Promise<void> {
  try {
    await migrateDatabase(databaseUrl, path.join(import.meta.dirname, 'migrations'));
  } catch (error) {
    const reason = describeError(error instanceof Error ? (error.cause ?? error) : error);
    throw new AnyonError('precondition', `The database could not be brought to the schema of this version (${reason}). Nothing was changed: go back to the version that made this data, or use an empty data directory.`, { cause: error });
  }
}
