import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Sql } from 'postgres';
import { openSession } from '@/db/client';
import { stopEmbeddedPostgres } from '@/server/deployment/embedded-postgres';
import { ensureDirectories } from '@/server/deployment/directories';
import { allRemovedDir, databaseMarkFile, postgresDir, runLogsDir, setupCachesDir, workspacesDir } from '@/server/deployment/paths';
import { env } from '@/server/env';
import { AnyonError } from '@/server/errors';
import { LEAD_LOCK } from '@/server/queue/lead';
import { readRestoreMark, writeRestoreMark } from '@/server/system/backup/restore-mark';

/** What belongs to one state of the database. The keys stay where they are. */
function children(): string[] {
  return [postgresDir(), runLogsDir(), allRemovedDir(), workspacesDir(), setupCachesDir(), databaseMarkFile()];
}

/** Begins the name of the folder in which parts of a backup wait. */
export const STAGING_PREFIX = '.restore-';
const SCHEMAS = ['public', 'drizzle', 'pgboss'];

/**
 * Makes the place empty for what a backup holds. Refuses where there is data, unless `replace`: then all of it goes aside, whole, and its
 * name is returned. Goes on where an interrupted restore was.
 */
export async function clearPlace({ replace }: { replace: boolean }): Promise<string | null> {
  await ensureDirectories();
  if (env().DATABASE_URL) await onDatabase(assertNobodyWorks);
  const begun = await readRestoreMark();
  if (begun?.phase === 'filling') {
    await discard();
    return begun.aside;
  }
  const found = begun === null ? await findData() : null;
  if (found !== null && !replace) throw new AnyonError('conflict', `There is data already (${found}). Nothing was changed. With \`--replace\`, it is put beside the restored data.`);
  const aside = begun ? begun.aside : found === null ? null : `before-restore-${new Date().toISOString().replaceAll(/\D+/g, '-').replace(/-$/, '')}`;
  await writeRestoreMark({ aside, phase: 'moving' });
  if (aside !== null) await moveAside(aside);
  await writeRestoreMark({ aside, phase: 'filling' });
  await discard(); // empty folders
  return aside;
}

/** Where there is data, in words; null where there is none. */
async function findData(): Promise<string | null> {
  for (const child of children()) {
    const inside = child === postgresDir() ? path.join(child, 'cluster') : child;
    const names = (await readdir(inside).catch((error: NodeJS.ErrnoException) => (error.code === 'ENOTDIR' ? ['it'] : []))).filter((name) => !isOfThePlace(name));
    if (names.length > 0) return inside;
  }
  if (!env().DATABASE_URL) return null;
  return onDatabase(async (sql) => ((await sql`select 1 from pg_tables where schemaname = any(${SCHEMAS}) limit 1`).length > 0 ? 'the database of DATABASE_URL' : null));
}

/** Beside where it lay, so on the same file system. A folder of the workspaces with a place of its own may be where a disk is mounted: then it stays, and what is in it moves below it. */
async function moveAside(aside: string): Promise<void> {
  await mkdir(path.join(env().dataDir, aside), { mode: 0o700, recursive: true });
  await stopEmbeddedPostgres(postgresDir());
  for (const child of children()) {
    if (hasOwnPlace(child)) await moveContentsAside(child, `.${aside}`);
    else await moveBeside(child, aside);
  }
  if (env().DATABASE_URL) await onDatabase((sql) => sql.begin(async (transaction) => {
    const suffix = aside.replaceAll('-', '_');
    const there = await transaction<{ name: string }[]>`select nspname as name from pg_namespace where nspname = any(${[...SCHEMAS, `public_${suffix}`]})`;
    if (there.some(({ name }) => name === `public_${suffix}`)) return; // done by the try before
    for (const { name } of there) await transaction`alter schema ${transaction(name)} rename to ${transaction(`${name}_${suffix}`)}`;
    await transaction`create schema public`;
  }));
}

function hasOwnPlace(child: string): boolean {
  return child === workspacesDir() && child !== path.join(env().dataDir, 'workspaces');
}

async function moveBeside(child: string, aside: string): Promise<void> {
  const folder = path.join(path.dirname(child), aside);
  await mkdir(folder, { mode: 0o700, recursive: true });
  await unlessAbsent(rename(child, path.join(folder, path.basename(child))));
}

async function moveContentsAside(place: string, aside: string): Promise<void> {
  const folder = path.join(place, aside);
  await mkdir(folder, { mode: 0o700, recursive: true });
  for (const name of await readdir(place)) if (!isOfThePlace(name)) await unlessAbsent(rename(path.join(place, name), path.join(folder, name)));
}

/** Said of the names with a dot (the mark of the place, what was put aside) and of what the file system itself keeps: no workspace has them. */
function isOfThePlace(name: string): boolean {
  return name.startsWith('.') || name === 'lost+found';
}

/** Throws away what an interrupted restore has made. */
async function discard(): Promise<void> {
  await stopEmbeddedPostgres(postgresDir());
  const staging = (await readdir(env().dataDir)).filter((name) => name.startsWith(STAGING_PREFIX));
  const places = children().filter((child) => !hasOwnPlace(child));
  const inOwnPlace = (await Promise.all(children().filter(hasOwnPlace).map(inPlace))).flat();
  for (const child of [...places, ...inOwnPlace, ...staging.map((name) => path.join(env().dataDir, name))]) await rm(child, { recursive: true, force: true });
  await ensureDirectories();
  if (env().DATABASE_URL) await onDatabase((sql) => sql.begin(async (transaction) => {
    for (const schema of SCHEMAS) await transaction`drop schema if exists ${transaction(schema)} cascade`;
    await transaction`create schema public`;
  }));
}

async function inPlace(place: string): Promise<string[]> {
  return (await readdir(place).catch(() => [])).filter((name) => !isOfThePlace(name)).map((name) => path.join(place, name));
}

/** A worker of this database may run on another machine. */
async function assertNobodyWorks(sql: Sql): Promise<void> {
  const held = await sql`
    select from pg_locks where locktype = 'advisory' and granted and classid = 0 and objid = ${LEAD_LOCK} and objsubid = 1
      and database = (select oid from pg_database where datname = current_database())`;
  if (held.length > 0) throw new AnyonError('conflict', 'Anyon runs on the database of DATABASE_URL. Stop it with `npm run down` there.');
}

async function onDatabase<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = openSession(env().DATABASE_URL ?? '');
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function unlessAbsent(work: Promise<void>): Promise<void> {
  await work.catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}
