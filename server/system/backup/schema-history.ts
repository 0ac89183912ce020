import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { z } from 'zod';
import { migrateDatabase } from '@/db/migrate';
import { AnyonError } from '@/server/errors';

const journalSchema = z.looseObject({ entries: z.array(z.looseObject({ tag: z.string().regex(/^\w+$/) })) });

/** Throws when this build's migrations do not go on from those of the backup: it is of a newer version, or of another line. */
export function assertKnownSchema(schema: readonly string[], migrationsFolder: string): void {
  const known = readMigrationFiles({ migrationsFolder }).map(({ hash }) => hash);
  const differsAt = schema.findIndex((hash, at) => hash !== known[at]);
  if (differsAt === -1) return;
  const why = differsAt >= known.length ? `its tables are of a newer version (${schema.length} steps; this build knows ${known.length})` : `its tables were made otherwise from step ${differsAt + 1} on`;
  throw new AnyonError('precondition', `This build cannot take the backup: ${why}. Nothing was changed. Restore with the version that made it, then upgrade.`);
}

/** Makes the tables of an empty database as they were after the first `steps` migrations. */
export async function migrateTo(url: string, migrationsFolder: string, steps: number): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'anyon-schema-'));
  try {
    const journal = journalSchema.parse(JSON.parse(await readFile(path.join(migrationsFolder, 'meta/_journal.json'), 'utf8')));
    const entries = journal.entries.slice(0, steps);
    await mkdir(path.join(folder, 'meta'));
    await writeFile(path.join(folder, 'meta/_journal.json'), JSON.stringify({ ...journal, entries }));
    for (const { tag } of entries) await copyFile(path.join(migrationsFolder, `${tag}.sql`), path.join(folder, `${tag}.sql`));
    await migrateDatabase(url, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
