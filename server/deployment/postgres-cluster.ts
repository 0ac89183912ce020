import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { AnyonError } from '@/server/errors';
import type { PostgresAccount } from '@/server/deployment/postgres-account';
import type { PostgresBinaries } from '@/server/deployment/postgres-binaries';

/** Superuser of the embedded cluster and name of its database. */
export const CLUSTER_USER = 'anyon';

export interface Cluster {
  directory: string;
  logFile: string;
  password: string;
}

/**
 * The cluster in `parent`, made with a random password on the first call. It is made beside its place and moved there whole,
 * so a kill in the middle leaves nothing that looks like a database. Throws `precondition` when it belongs to another major version.
 */
export async function ensureCluster(parent: string, binaries: PostgresBinaries, account: PostgresAccount): Promise<Cluster> {
  const directory = path.join(parent, 'cluster');
  const logFile = path.join(parent, 'postgres.log');
  const major = await readText(path.join(directory, 'PG_VERSION'));
  if (major === null) await createCluster(parent, directory, binaries, account);
  else if (major !== binaries.major) {
    throw new AnyonError(
      'precondition',
      `The database in ${directory} was made by Postgres ${major}, and this version of Anyon brings Postgres ${binaries.major}. ` +
        `Run the version of Anyon that made it, copy the data out, and start anew; or point DATABASE_URL at a Postgres of your own.`,
    );
  }
  const password = await readText(path.join(parent, 'password'));
  if (password === null) {
    throw new AnyonError('precondition', `The password file ${path.join(parent, 'password')} of the database is gone. Put it back from a backup.`);
  }
  await (await fs.open(logFile, 'a', 0o600)).close();
  await fs.chown(logFile, account.uid, account.gid);
  return { directory, logFile, password };
}

async function createCluster(parent: string, directory: string, binaries: PostgresBinaries, account: PostgresAccount): Promise<void> {
  const partial = `${directory}.partial`;
  const passwordForInitdb = `${partial}.password`;
  const password = randomBytes(24).toString('base64url');
  await fs.rm(partial, { recursive: true, force: true });
  await fs.mkdir(partial, { mode: 0o700 });
  await fs.chown(partial, account.uid, account.gid);
  await fs.writeFile(path.join(parent, 'password'), `${password}\n`, { mode: 0o600 });
  try {
    await fs.writeFile(passwordForInitdb, `${password}\n`, { mode: 0o600 });
    await fs.chown(passwordForInitdb, account.uid, account.gid);
    const args = ['-D', partial, '-U', CLUSTER_USER, '-A', 'scram-sha-256', '--pwfile', passwordForInitdb, '-E', 'UTF8', '--locale=C', '--data-checksums'];
    const { code, words } = await runPostgresTool(path.join(binaries.directory, 'bin/initdb'), args, account);
    if (code !== 0) throw new AnyonError('precondition', `The database could not be made in ${parent}: ${words.trim().split('\n').at(-1) ?? `initdb ended with ${code}`}.`);
    await fs.rename(partial, directory);
  } finally {
    await fs.rm(passwordForInitdb, { force: true });
    await fs.rm(partial, { recursive: true, force: true });
  }
}

/** Runs one of Postgres's programs as its account, with a bare environment. */
export function runPostgresTool(
  program: string,
  args: readonly string[],
  account: PostgresAccount,
  output: 'captured' | 'ignored' = 'captured',
): Promise<{ code: number; words: string }> {
  return new Promise((resolve, reject) => {
    // A daemon that pg_ctl starts would inherit a pipe and hold it open; for it the output must be ignored.
    const child = spawn(program, args, {
      uid: account.uid,
      gid: account.gid,
      cwd: '/',
      env: { NODE_ENV: 'production', LC_ALL: 'C', HOME: '/', PATH: '/usr/local/bin:/usr/bin:/bin' },
      stdio: output === 'captured' ? ['ignore', 'pipe', 'pipe'] : 'ignore',
    });
    let words = '';
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-4096)));
    child.on('error', (error) =>
      reject(new AnyonError('precondition', `${program} cannot be started as user ${account.uid}: ${error.message}. The folders above it must be passable for that user.`, { cause: error })),
    );
    child.on('close', (code) => resolve({ code: code ?? 128, words }));
  });
}

async function readText(file: string): Promise<string | null> {
  try {
    return (await fs.readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
