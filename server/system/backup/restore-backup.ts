import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openDatabase, openSession, type Sql } from '@/db/client';
import { migrateDatabase } from '@/db/migrate';
import { removedDir, runLogDir } from '@/server/deployment/paths';
import { runProgram } from '@/server/deployment/run-program';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';
import { readParts, verifyBackup } from '@/server/system/backup/archive-reader';
import { copyTablesIn, setSequences } from '@/server/system/backup/copy-tables';
import { tablePart, type BackupManifest } from '@/server/system/backup/manifest';
import { removeRestoreMark } from '@/server/system/backup/restore-mark';
import { clearPlace, STAGING_PREFIX } from '@/server/system/backup/restore-place';
import { assertKnownSchema, migrateTo } from '@/server/system/backup/schema-history';
import { settleRestored, type Settled } from '@/server/system/backup/settle-restored';

export interface Restored extends Settled {
  manifest: BackupManifest;
  /** What was there before; null when there was nothing. */
  aside: string | null;
}

interface Options {
  file: string;
  replace: boolean;
  /** Ids of the keys that were given. */
  keyIds: readonly string[];
  migrations: string;
  /** Address of the database to fill; starts the embedded one. */
  databaseUrl: () => Promise<string>;
}

const UNPACK_TIMEOUT_MS = 60 * 60_000;

/** Brings back a backup into an empty place. Until the backup is proved whole, readable and of this line, nothing is changed; after that, what was interrupted is done by calling it again. */
export async function restoreBackup({ file, replace, keyIds, migrations, databaseUrl }: Options): Promise<Restored> {
  const manifest = await verifyBackup(file);
  assertKnownSchema(manifest.schema, migrations);
  assertKeys(manifest, keyIds);
  const aside = await clearPlace({ replace });
  const staging = await mkdtemp(path.join(env().dataDir, STAGING_PREFIX));
  try {
    await readParts(file, (name, content) => unpack(name, content, staging));
    const settled = await fillDatabase(await databaseUrl(), manifest, { staging, migrations });
    await runProgram('sync', ['-f', env().dataDir], UNPACK_TIMEOUT_MS);
    await removeRestoreMark();
    return { manifest, aside, ...settled };
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Without its key a secret can never be read again, so a person decides before anything is in the way. */
function assertKeys({ keys }: BackupManifest, given: readonly string[]): void {
  const missing = keys.filter(({ id }) => !given.includes(id));
  if (missing.length === 0) return;
  const each = missing.map(({ id, values }) => `${id} (${values} ${values === 1 ? 'value' : 'values'})`).join(', ');
  const has = given.length > 0 ? `Given: ${given.join(', ')}.` : 'No key was given.';
  throw new AnyonError('precondition', `The secrets in this backup are sealed with a key that is not here: ${each}. ${has} Nothing was changed. Put the key file where it was (keys/secret-key in the data directory, mode 600), or set ANYON_SECRET_KEY, with further keys in ANYON_SECRET_KEYS_BEFORE.`);
}

/** Rows wait in `staging`; logs and kept work go to their places. Names were judged by the reader. */
async function unpack(name: string, content: Readable, staging: string): Promise<void> {
  const [kind, id = '', last = ''] = name.split('/');
  if (kind === 'database') return write(content, path.join(staging, id));
  const folder = kind === 'runs' ? runLogDir(id) : removedDir(id);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (last !== 'files.tar') return write(content, path.join(folder, last));
  const packed = path.join(staging, last);
  await write(content, packed);
  const { exitCode, stderr } = await runProgram('tar', ['--extract', `--file=${packed}`, '--numeric-owner', '--preserve-permissions', `--directory=${folder}`], UNPACK_TIMEOUT_MS);
  if (exitCode !== 0) throw new AnyonError('precondition', `The kept files of a deleted workspace could not be unpacked (${stderr.trim().split('\n').at(-1) ?? ''}). Run the restore again when that is put right.`);
  await rm(packed);
}

async function write(content: Readable, file: string): Promise<void> {
  await pipeline(content, createWriteStream(file, { flags: 'wx', mode: 0o600 }));
}

/** The tables as they were made then, their rows, and then forward to this build. */
async function fillDatabase(url: string, manifest: BackupManifest, { staging, migrations }: { staging: string; migrations: string }): Promise<Settled> {
  await migrateTo(url, migrations, manifest.schema.length);
  await onSession(url, (sql) =>
    sql.begin(async (transaction) => {
      await copyTablesIn(transaction, manifest.tables, (table) => path.join(staging, path.basename(tablePart(table))));
      await setSequences(transaction, manifest.sequences);
      for (const { name, rows } of manifest.tables) {
        const [found] = await transaction<{ rows: number }[]>`select count(*)::int as rows from ${transaction(name)}`;
        if (found?.rows !== rows) throw new AnyonError('internal', `The table ${name} has ${found?.rows ?? 0} rows instead of ${rows}. Run the restore again; report it if it stays so.`);
      }
    }),
  );
  await migrateDatabase(url, migrations);
  return onSession(url, (sql) => openDatabase(sql).transaction((transaction) => settleRestored(transaction, manifest)));
}

async function onSession<T>(url: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = openSession(url);
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}
