import path from 'node:path';
import type { Sql } from '@/db/client';
import { migrateTo } from '@/server/system/backup/schema-history';
import { root } from '@/tests/house/house';

export const MIGRATIONS = path.join(root, 'db/migrations');
/** How many migrations the release before this one had. To be raised with every release. */
export const STEPS_BEFORE = 25;

export interface Column {
  table: string;
  name: string;
  type: string;
  required: boolean;
  preset: string | null;
}

/** Empties a database and makes its tables as the release before has them. */
export async function layReleaseBefore(sql: Sql, url: string): Promise<void> {
  await sql.unsafe('drop schema public cascade; drop schema drizzle cascade; create schema public');
  await migrateTo(url, MIGRATIONS, STEPS_BEFORE);
}

export async function columnsOf(sql: Sql): Promise<Column[]> {
  return sql<Column[]>`
    select table_name as table, column_name as name, udt_name as type, is_nullable = 'NO' as required, column_default as preset
    from information_schema.columns where table_schema = 'public' order by 1, 2`;
}

/** Writes the rows of one database into another, with these columns only: as processes that know no others would. References are not looked at, rules of the tables are. */
export async function copyRows(from: Sql, to: Sql, columns: readonly Column[]): Promise<void> {
  for (const [table, own] of Map.groupBy(columns, (column) => column.table)) {
    const [rows] = await from<{ all: string | null }[]>`select jsonb_agg(to_jsonb(t))::text as all from ${from(table)} t`;
    if (rows?.all == null) continue;
    const names = own.map(({ name }) => `"${name}"`).join(', ');
    await to.begin(async (transaction) => {
      await transaction`set local session_replication_role = replica`;
      await transaction.unsafe(`delete from "${table}"`);
      await transaction.unsafe(`insert into "${table}" (${names}) select ${names} from jsonb_populate_recordset(null::"${table}", $1::text::jsonb)`, [rows.all]);
    });
  }
}

/** Every row, by table, with these columns only. */
export async function rowsOf(sql: Sql, columns: readonly Column[]): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const [table, own] of Map.groupBy(columns, (column) => column.table)) {
    const rows = await sql.unsafe<{ row: string }[]>(`select row_to_json(t)::text as row from (select ${own.map(({ name }) => `"${name}"`).join(', ')} from "${table}") t order by 1`);
    found[table] = rows.map(({ row }) => row);
  }
  return found;
}
