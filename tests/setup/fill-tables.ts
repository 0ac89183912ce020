import { getTableName, is, SQL } from 'drizzle-orm';
import { getTableConfig, PgTable, type PgColumn } from 'drizzle-orm/pg-core';
import { uuidv7 } from 'uuidv7';
import type { Sql } from '@/db/client';
import * as schema from '@/db/schema';

type Row = Record<string, unknown>;

/** Where the type of a column does not say enough. */
const known: Readonly<Record<string, Row>> = {
  templates: { memory_bytes: 1024 ** 3, cpus: 1, pids: 512 },
  reconcile_reports: { looked: { workspaces: 0, containers: 0, networks: 0, directories: 0, foreign: 0 }, differences: [] },
};

/** Gives every table that is empty one row, made by what the schema says of it: the first word of those that a column takes, and rows that are there to refer to. */
export async function fillEmptyTables(sql: Sql): Promise<void> {
  const waiting = new Set<PgTable>(Object.values<unknown>(schema).filter((value) => is(value, PgTable)));
  while (waiting.size > 0) {
    const before = waiting.size;
    for (const table of waiting) {
      const referred = getTableConfig(table).foreignKeys.map((key) => key.reference());
      if (referred.some(({ foreignTable, columns }) => foreignTable !== table && waiting.has(foreignTable) && columns.some(({ notNull }) => notNull))) continue;
      await fill(sql, table);
      waiting.delete(table);
    }
    if (waiting.size === before) throw new Error(`These tables refer to each other: ${[...waiting].map(getTableName).join(', ')}`);
  }
}

async function fill(sql: Sql, table: PgTable): Promise<void> {
  const name = getTableName(table);
  const [there] = await sql`select 1 from ${sql(name)} limit 1`;
  if (there) return;
  const { columns, foreignKeys } = getTableConfig(table);
  const row: Row = { ...known[name] };
  for (const { notNull, hasDefault, name: column, ...rest } of columns) if (notNull && !hasDefault && !(column in row)) row[column] = example(rest as PgColumn);
  for (const key of foreignKeys) {
    const { columns: own, foreignTable, foreignColumns } = key.reference();
    if (foreignTable === table) continue;
    const [{ target } = {}] = await sql<{ target: Row }[]>`select to_jsonb(t) as target from ${sql(getTableName(foreignTable))} t limit 1`;
    for (const [index, { name: column }] of own.entries()) if (target) row[column] = target[foreignColumns[index]?.name ?? ''];
  }
  if (Object.keys(row).length === 0) return void (await sql`insert into ${sql(name)} default values`);
  const names = Object.keys(row).map((column) => `"${column}"`).join(', ');
  await sql.unsafe(`insert into "${name}" (${names}) select ${names} from jsonb_populate_record(null::"${name}", $1::text::jsonb)`, [JSON.stringify(row)]);
}

/** A value that a column takes, as JSON has it. */
function example({ dataType, enumValues, default: preset, columnType }: PgColumn): unknown {
  if (is(preset, SQL)) return undefined;
  if (enumValues && enumValues.length > 0) return enumValues[0];
  if (columnType === 'PgUUID') return uuidv7();
  if (dataType.startsWith('number') || dataType.startsWith('bigint')) return 1;
  if (dataType.startsWith('boolean')) return false;
  if (dataType.startsWith('date') || columnType.startsWith('PgTimestamp')) return new Date().toISOString();
  if (columnType.startsWith('PgJson')) return {};
  if (columnType.startsWith('PgText') || columnType === 'PgVarchar') return 'x';
  return '\\x01'; // bytes
}
