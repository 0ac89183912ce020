import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { stopEmbeddedPostgres } from '@/server/deployment/embedded-postgres';
import { postgresDir, secretKeyFile } from '@/server/deployment/paths';
import { env } from '@/server/env';
import { describeError } from '@/server/errors';
import { keepLogOutOfTheAnswer } from '@/server/log';
import { assertOnlyParent } from '@/server/parent/parent';
import { ensureDatabaseUrl } from '@/server/parent/surroundings';
import { makeKeyring } from '@/server/secrets/keyring';
import { assertNoWorker } from '@/server/system/backup/assert-no-worker';
import { contentsInWords, counted } from '@/server/system/backup/contents-in-words';
import { restoreBackup } from '@/server/system/backup/restore-backup';

/** `npm run restore -- <file> [--replace]` (dist/restore-command.mjs), while the product is down. */
async function main(file: string, replace: boolean): Promise<void> {
  assertOnlyParent();
  const { DATABASE_URL } = env();
  if (DATABASE_URL) await assertNoWorker(DATABASE_URL);
  const keyIds = await givenKeyIds();
  const migrations = path.join(import.meta.dirname, 'migrations');
  try {
    const { manifest, aside, interruptedRuns, workspaces } = await restoreBackup({ file: path.resolve(file), replace, keyIds, migrations, databaseUrl: ensureDatabaseUrl });
    process.stdout.write(
      [
        `✓ Restored as it was at ${manifest.madeAt}: ${contentsInWords(manifest.counts)}.`,
        ...(interruptedRuns > 0 ? [`  ${counted(interruptedRuns, 'run')} under way then: interrupted now.`] : []),
        ...(workspaces > 0 ? [`  ${counted(workspaces, 'workspace')}: stopped; each clones its repository again when it starts.`] : []),
        '  Everybody signs in again.',
        ...(aside === null ? [] : [`  What was here before lies in ${path.join(env().dataDir, aside)}${env().DATABASE_URL ? `, and in the schemas of the database that end in ${aside.replaceAll('-', '_')}` : ''}. Delete it when nobody needs it.`]),
        '  Start Anyon with `npm run up`.',
        '',
      ].join('\n'),
    );
  } finally {
    await stopEmbeddedPostgres(postgresDir());
  }
}

/** Makes none: a key that was just made opens nothing. */
async function givenKeyIds(): Promise<string[]> {
  const { ANYON_SECRET_KEY, ANYON_SECRET_KEYS_BEFORE } = env();
  const kept = (await readFile(secretKeyFile(), 'utf8').catch(() => '')).trim();
  const [first, ...others] = [ANYON_SECRET_KEY, kept, ANYON_SECRET_KEYS_BEFORE].filter((key) => key !== undefined && key !== '');
  if (first === undefined) return [];
  return makeKeyring({ ANYON_SECRET_KEY: first, ANYON_SECRET_KEYS_BEFORE: others.join(',') }).ids;
}

keepLogOutOfTheAnswer();
try {
  await main(process.argv.slice(2).find((word) => word !== '--replace') ?? '', process.argv.includes('--replace'));
} catch (error) {
  process.stderr.write(`✗ ${describeError(error)}\n`);
  process.exitCode = 1;
}
