import fs from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { endProcess } from '@/server/deployment/end-process';
import { postgresAccount, type PostgresAccount } from '@/server/deployment/postgres-account';
import { ensurePostgresBinaries, type PostgresBinaries } from '@/server/deployment/postgres-binaries';
import { CLUSTER_USER, ensureCluster, runPostgresTool, type Cluster } from '@/server/deployment/postgres-cluster';
import { choosePort } from '@/server/deployment/postgres-port';
import { findPostmaster, removeStalePidFile } from '@/server/deployment/postmaster';
import { AnyonError } from '@/server/errors';

const START_TIMEOUT_MS = 60_000;

export interface EmbeddedPostgres {
  /** Address of the product's database, with its password. */
  url: string;
  port: number;
  /** True when it ran already. */
  adopted: boolean;
}

/**
 * A real Postgres without an installation (docs/decisions/0001-embedded-postgres.md): adopts the server that runs on
 * `directory`, else starts it; on the first call the cluster and the database are made. It outlives this process, listens
 * on 127.0.0.1 alone, and may be called again at any time, also after a kill -9 of everything. `port` is a wish: when
 * something else holds it, the next free one is taken.
 */
export async function startEmbeddedPostgres(options: { directory: string; port: number }): Promise<EmbeddedPostgres> {
  const { directory } = options;
  const account = postgresAccount();
  const binaries = await ensurePostgresBinaries(directory);
  const cluster = await ensureCluster(directory, binaries, account);
  const deadline = performance.now() + START_TIMEOUT_MS;
  let adopted = true;
  for (;;) {
    const running = await findPostmaster(cluster.directory);
    if (running?.ready) {
      const url = await ensureDatabase(cluster, running.port);
      if (url) return { url, port: running.port, adopted };
    }
    if (!running) {
      adopted = false;
      await removeStalePidFile(cluster.directory);
      await launch(binaries, cluster, account, await choosePort(directory, options.port));
    }
    if (performance.now() > deadline) throw await startFailure(cluster);
    await sleep(running ? 50 : 200); // what a killed server left needs a moment to end before a new one may start
  }
}

/** Stops the server that runs on `directory`, connections or not. True when one ran. */
export async function stopEmbeddedPostgres(directory: string): Promise<boolean> {
  const running = await findPostmaster(path.join(directory, 'cluster'));
  if (!running) return false;
  // SIGINT is Postgres's fast shutdown, SIGQUIT its immediate one (recovery at the next start).
  await endProcess(running.process, [
    { signal: 'SIGINT', patienceMs: 30_000 },
    { signal: 'SIGQUIT', patienceMs: 10_000 },
  ]);
  return true;
}

async function launch(binaries: PostgresBinaries, cluster: Cluster, account: PostgresAccount, port: number): Promise<void> {
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''`;
  const args = ['-D', cluster.directory, '-w', '-t', String(START_TIMEOUT_MS / 1000), '-l', cluster.logFile, '-o', settings, 'start'];
  await runPostgresTool(path.join(binaries.directory, 'bin/pg_ctl'), args, account, 'ignored');
}

/** Makes the product's database if it is absent; the query also proves that it is our server that answers. Null when it does not answer yet. */
async function ensureDatabase(cluster: Cluster, port: number): Promise<string | null> {
  const address = (database: string) => `postgres://${CLUSTER_USER}:${cluster.password}@127.0.0.1:${port}/${database}`;
  const sql = postgres(address('postgres'), { max: 1, connect_timeout: 5, onnotice: () => {} });
  try {
    const [found] = await sql`select 1 from pg_database where datname = ${CLUSTER_USER}`;
    if (!found) await sql`create database ${sql(CLUSTER_USER)}`;
    return address(CLUSTER_USER);
  } catch (error) {
    if (saysWrongPassword(error)) {
      throw new AnyonError('precondition', `The database in ${cluster.directory} refuses the password of ${path.dirname(cluster.directory)}/password. Put the right file back from a backup.`, { cause: error });
    }
    if (saysDuplicateDatabase(error)) return address(CLUSTER_USER);
    return null; // still starting, or just killed: the loop looks again
  } finally {
    await sql.end({ timeout: 1 });
  }
}

function saysWrongPassword(error: unknown): boolean {
  return error instanceof postgres.PostgresError && error.code === '28P01';
}

function saysDuplicateDatabase(error: unknown): boolean {
  return error instanceof postgres.PostgresError && (error.code === '42P04' || error.code === '23505');
}

async function startFailure(cluster: Cluster): Promise<AnyonError> {
  const lines = (await fs.readFile(cluster.logFile, 'utf8').catch(() => '')).trim().split('\n');
  const reason = lines.findLast((line) => /FATAL|PANIC|ERROR/.test(line)) ?? lines.at(-1) ?? '';
  return new AnyonError('unavailable', `Postgres did not start within ${START_TIMEOUT_MS / 1000} s (${reason.trim()}). Read ${cluster.logFile}, repair what it names, and start again.`);
}
