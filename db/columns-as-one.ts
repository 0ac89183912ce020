import { sql, type AnyColumn, type GetColumnData, type SQL } from 'drizzle-orm';

type Row<Columns extends Record<string, AnyColumn>> = { [Name in keyof Columns]: GetColumnData<Columns[Name]> };

/**
 * Several columns as one value of a selection, with the names, types and values that they have as columns. Drizzle takes a microsecond and several objects to make each
 * value of each row, which is most of what a list of many wide rows costs; Postgres writes this one as a JSON array and the engine of JavaScript reads it. At most 100 columns (the arguments
 * that a function of Postgres takes), of types that JSON holds, and times.
 */
export function columnsAsOne<Columns extends Record<string, AnyColumn>>(columns: Columns): SQL<Row<Columns>> {
  const names = Object.keys(columns);
  const isTime = names.map((name) => columns[name]?.dataType === 'date');
  const array = sql`json_build_array(${sql.join(Object.values<AnyColumn>(columns).map((column) => sql`${column}`), sql`, `)})`;
  return array.mapWith((values: unknown[]): Row<Columns> => {
    const row: Record<string, unknown> = {};
    for (const [index, name] of names.entries()) {
      const value = values[index];
      row[name] = isTime[index] && typeof value === 'string' ? new Date(value) : value;
    }
    return row as Row<Columns>;
  });
}
