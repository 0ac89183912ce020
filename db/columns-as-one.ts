import { sql, type AnyColumn, type GetColumnData, type SQL } from 'drizzle-orm';

type Row<Columns extends Record<string, AnyColumn>> = { [Name in keyof Columns]: GetColumnData<Columns[Name]> };

/** Drizzle's names of the types that come back from JSON as they are, or, as times do, by one step. A `numeric` would lose digits, for example. */
const asInJson: ReadonlySet<string> = new Set(['PgUUID', 'PgText', 'PgInteger', 'PgBigInt53', 'PgDoublePrecision', 'PgBoolean', 'PgTimestamp', 'PgJsonb']);

/**
 * Several columns as one value of a selection, with the names, types and values that they have as columns. Drizzle takes a microsecond and several objects to make each
 * value of each row, which is most of what a list of many wide rows costs; Postgres writes this one as a JSON array and the engine of JavaScript reads it. At most 100 columns (the arguments
 * that a function of Postgres takes). Throws for a column of a type that would not survive.
 */
export function columnsAsOne<Columns extends Record<string, AnyColumn>>(columns: Columns): SQL<Row<Columns>> {
  for (const [name, { columnType }] of Object.entries<AnyColumn>(columns)) if (!asInJson.has(columnType)) throw new TypeError(`The column ${name} (${columnType}) would not come back from JSON as it is. Select it by itself.`);
  const names = Object.keys(columns);
  const readers = Object.values<AnyColumn>(columns).map(({ dataType }) => readerOf(dataType));
  const array = sql`json_build_array(${sql.join(Object.values<AnyColumn>(columns).map((column) => sql`${column}`), sql`, `)})`;
  return array.mapWith((values: unknown[]): Row<Columns> => {
    const row: Record<string, unknown> = {};
    for (const [index, name] of names.entries()) {
      const value = values[index];
      const read = readers[index];
      row[name] = typeof value === 'string' && read ? read(value) : value;
    }
    return row as Row<Columns>;
  });
}

/** For what JSON has as text: times, and numbers that are none (NaN, Infinity). */
function readerOf(dataType: string): ((text: string) => unknown) | null {
  if (dataType === 'date') return (text) => new Date(text);
  return dataType === 'number' ? Number : null;
}
