import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { stopEmbeddedPostgres } from '@/server/deployment/embedded-postgres';
import { ensureDirectories } from '@/server/deployment/directories';
import { backupsDir, postgresDir, secretKeyFile } from '@/server/deployment/paths';
import { bytesInWords } from '@/server/deployment/bytes-in-words';
import { findPostmaster } from '@/server/deployment/postmaster';
import { env } from '@/server/env';
import { AnyonError, describeError } from '@/server/errors';
import { keepLogOutOfTheAnswer } from '@/server/log';
import { secretKeys } from '@/server/parent/secret-key';
import { ensureDatabaseUrl } from '@/server/parent/surroundings';
import { makeKeyring } from '@/server/secrets/keyring';
import { contentsInWords, counted } from '@/server/system/backup/contents-in-words';
import { assertNoRestoreUnderWay } from '@/server/system/backup/restore-mark';
import { makeBackup } from '@/server/system/backup/make-backup';

/** `npm run backup -- <folder>` (dist/backup-command.mjs): works beside a running product, and without one; without a folder, beside the logs of runs. Prints where the backup lies and what is not in it. */
async function main(given: string | undefined): Promise<void> {
  await assertNoRestoreUnderWay();
  if (!env().DATABASE_URL && !existsSync(path.join(postgresDir(), 'cluster'))) throw new AnyonError('precondition', `Anyon was never started with the data directory ${env().dataDir}. Name the right one with ANYON_DATA_DIR.`);
  await ensureDirectories();
  const folder = given ?? backupsDir();
  if (given === undefined) await mkdir(folder, { recursive: true, mode: 0o700 });
  const { current } = makeKeyring(await secretKeys());
  const wasRunning = env().DATABASE_URL !== undefined || (await findPostmaster(path.join(postgresDir(), 'cluster'))) !== null;
  try {
    const { file, bytes, manifest } = await makeBackup({ databaseUrl: await ensureDatabaseUrl(), folder: path.resolve(folder), currentKeyId: current.id });
    const { counts, tables } = manifest;
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    const kept = existsSync(secretKeyFile()) ? secretKeyFile() : 'ANYON_SECRET_KEY';
    process.stdout.write(
      [
        `✓ ${file} (${bytesInWords(bytes, 'up')}): ${counted(rows, 'row')}, ${contentsInWords(counts)}.`,
        `  Not in it: the key ${manifest.currentKeyId}, without which no secret in it can be read. Keep a copy of ${kept} in another place than the backup.`,
        ...(counts.livingWorkspaces > 0 ? [`  Not in it: the files of ${counted(counts.livingWorkspaces, 'living workspace')}. What is pushed is safe; the rest is nowhere else.`] : []),
        ...(manifest.missing.length > 0 ? [`  Deleted while the backup was made: ${manifest.missing.join(', ')}.`] : []),
        '',
      ].join('\n'),
    );
  } finally {
    if (!wasRunning) await stopEmbeddedPostgres(postgresDir());
  }
}

keepLogOutOfTheAnswer();
try {
  await main(process.argv[2]);
} catch (error) {
  process.stderr.write(`✗ There is no backup: ${describeError(error)}\n`);
  process.exitCode = 1;
}
