import { createReadStream, createWriteStream } from 'node:fs';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { TransactionSql } from 'postgres';
import type { BackupManifest, BackupTable } from '@/server/system/backup/manifest';

/** The database as it was at one moment. */
export type DatabasePart = Pick<BackupManifest, 'postgres' | 'schema' | 'keys' | 'tables' | 'sequences'>;

/** Writes every table of the product into a file each, `<folder>/<table>`. The transaction must be one snapshot (repeatable read). The queue is left out: it is filled from the rows at every start. */
export async function copyTablesOut(transaction: TransactionSql, folder: string): Promise<DatabasePart> {
  const tables: BackupTable[] = [];
  for (const { name, columns } of await tablesInOrder(transaction)) {
    const rows = { count: 0 };
    const source = await transaction.unsafe(`copy public.${quote(name)} (${columns.map(quote).join(', ')}) to stdout`).readable();
    await pipeline(source, countingRows(rows), createWriteStream(path.join(folder, name), { mode: 0o600, flags: 'wx' }));
    tables.push({ name, columns, rows: rows.count });
  }
  const [version] = await transaction<{ version: string }[]>`select current_setting('server_version') as version`;
  const migrations = await transaction<{ hash: string }[]>`select hash from drizzle.__drizzle_migrations order by created_at`;
  const sequences = await transaction<{ name: string; value: string }[]>`
    select sequencename as name, last_value::text as value from pg_sequences where schemaname = 'public' and last_value is not null order by 1`;
  return { postgres: version?.version ?? '', schema: migrations.map(({ hash }) => hash), keys: await keysInUse(transaction), tables, sequences: [...sequences] };
}

/** Fills the tables, which must be there and empty, from the files that `copyTablesOut` wrote. Triggers sleep meanwhile: a row comes back as it was. */
export async function copyTablesIn(transaction: TransactionSql, tables: readonly BackupTable[], fileOf: (table: string) => string): Promise<void> {
  for (const { name, columns } of tables) {
    await transaction.unsafe(`alter table public.${quote(name)} disable trigger user`);
    await transaction.unsafe(`delete from public.${quote(name)}`); // what a migration has put there is in the backup
    const target = await transaction.unsafe(`copy public.${quote(name)} (${columns.map(quote).join(', ')}) from stdin`).writable();
    await pipeline(createReadStream(fileOf(name)), target);
    await transaction.unsafe(`alter table public.${quote(name)} enable trigger user`);
  }
}

/** Sets each sequence to where it was. */
export async function setSequences(transaction: TransactionSql, sequences: BackupManifest['sequences']): Promise<void> {
  for (const { name, value } of sequences) await transaction`select setval(${`public.${quote(name)}`}::regclass, ${value}::bigint)`;
}

/** Every key that something stored is sealed with: values by their column, texts (`sealed_…`) by what they begin with. */
async function keysInUse(transaction: TransactionSql): Promise<BackupManifest['keys']> {
  const texts = await transaction<{ table: string; column: string }[]>`
    select table_name as table, column_name as column from information_schema.columns where table_schema = 'public' and data_type = 'text' and column_name like 'sealed\\_%' order by 1, 2`;
  const sources = ['select key_id as id from secret_versions', ...texts.map(({ table, column }) => `select split_part(${quote(column)}, '.', 1) as id from public.${quote(table)} where ${quote(column)} is not null`)];
  const keys = await transaction.unsafe<BackupManifest['keys']>(`select id, count(*)::int as values from (${sources.join(' union all ')}) as sealed group by id order by id`);
  return keys.map(({ id, values }) => ({ id, values }));
}

interface Table {
  name: string;
  columns: string[];
}

/** Each table after those that it refers to. */
async function tablesInOrder(transaction: TransactionSql): Promise<Table[]> {
  const tables = await transaction<Table[]>`
    select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' group by c.relname order by c.relname`;
  const references = await transaction<{ name: string; other: string }[]>`
    select distinct c.relname as name, o.relname as other from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class o on o.oid = k.confrelid
    where k.contype = 'f' and c.relnamespace = 'public'::regnamespace and c.oid <> o.oid`;
  const sorted: Table[] = [];
  const waiting = new Set(tables);
  while (waiting.size > 0) {
    const open = new Set([...waiting].map(({ name }) => name));
    const next = [...waiting].filter(({ name }) => !references.some((reference) => reference.name === name && open.has(reference.other)));
    if (next.length === 0) throw new Error(`These tables refer to each other in a circle: ${[...open].join(', ')}.`);
    for (const table of next) {
      sorted.push(table);
      waiting.delete(table);
    }
  }
  return sorted;
}

/** In the text form of COPY a line is a row: a line break in a value is written as \n. */
function countingRows(rows: { count: number }): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) rows.count += 1;
      done(null, chunk);
    },
  });
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
