import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { AnyonError } from '@/server/errors';

/** Who Postgres runs as. */
export interface PostgresAccount {
  uid: number;
  gid: number;
}

const NAME = 'postgres';

/** Postgres refuses to run as root: then it is the system user `postgres`, made if absent. Otherwise it is the user of this process. */
export function postgresAccount(): PostgresAccount {
  const uid = process.getuid?.() ?? -1;
  const gid = process.getgid?.() ?? -1;
  if (uid !== 0) return { uid, gid };
  return findAccount() ?? createAccount();
}

function findAccount(): PostgresAccount | null {
  const line = fs.readFileSync('/etc/passwd', 'utf8').split('\n').find((candidate) => candidate.startsWith(`${NAME}:`));
  const fields = line?.split(':');
  if (!fields) return null;
  return { uid: Number(fields[2]), gid: Number(fields[3]) };
}

function createAccount(): PostgresAccount {
  const result = spawnSync('useradd', ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent', '--shell', '/usr/sbin/nologin', NAME], { encoding: 'utf8' });
  const account = findAccount();
  if (account) return account; // also when another process made it just now
  const reason = (result.stderr ?? String(result.error)).trim();
  throw new AnyonError('precondition', `Postgres may not run as root, and its system user could not be made (${reason}). Run \`useradd --system ${NAME}\` and start again.`);
}
