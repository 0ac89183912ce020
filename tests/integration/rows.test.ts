import { eq, getTableColumns, sql } from 'drizzle-orm';
import { doublePrecision, integer, jsonb, numeric, pgTable, text, timestamp, uuid, bigint, boolean } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtOnce } from '@/db/built-once';
import { openDatabase, openPool, type Database, type Sql } from '@/db/client';
import { columnsAsOne } from '@/db/columns-as-one';
import { createTestDatabase, type TestDatabase } from '@/tests/setup/test-database';

/** Two ways to ask the database that cost Drizzle less say the same as the plain one. */
const every = pgTable('every', {
  id: uuid('id').primaryKey(),
  words: text('words'),
  count: integer('count'),
  bytes: bigint('bytes', { mode: 'number' }),
  share: doublePrecision('share'),
  on: boolean('on'),
  at: timestamp('at', { withTimezone: true }),
  list: jsonb('list').$type<unknown>(),
});

let test: TestDatabase;
let pool: Sql;
let database: Database;

beforeAll(async () => {
  test = await createTestDatabase();
  pool = openPool(test.url, { max: 2 });
  database = openDatabase(pool);
  await pool`create table every (id uuid primary key, words text, count integer, bytes bigint, share double precision, "on" boolean, at timestamptz, list jsonb)`;
  await database.insert(every).values([
    { id: crypto.randomUUID(), words: null, count: null, bytes: null, share: null, on: null, at: null, list: null },
    { id: crypto.randomUUID(), words: '', count: -2_147_483_648, bytes: Number.MAX_SAFE_INTEGER, share: 0.1 + 0.2, on: true, at: new Date('2026-11-23T05:20:59.303Z'), list: [] },
    { id: crypto.randomUUID(), words: '2026-11-23T05:20:59.303Z', count: 0, bytes: -1, share: Number.NaN, on: false, at: new Date('1969-12-31T23:59:59.999Z'), list: { at: '2026-11-23T05:20:59.303Z', deep: [{ a: null }] } },
    { id: crypto.randomUUID(), words: '“quoted” "\\\n\t\u0001 🙂 \u2028', count: 1, bytes: 0, share: Number.NEGATIVE_INFINITY, on: true, at: new Date('9998-12-31T23:59:59.999Z'), list: 'text' },
  ]);
});
afterAll(async () => {
  await pool?.end({ timeout: 5 });
  await test?.drop();
});

describe('columns as one value', () => {
  it.each(['UTC', 'America/St_Johns', 'Asia/Kathmandu'])('are what they are as columns, in a session of %s', async (zone) => {
    const rows = await database.transaction(async (transaction) => {
      await transaction.execute(sql.raw(`set local time zone '${zone}'`));
      return transaction.select({ plain: getTableColumns(every), one: columnsAsOne(getTableColumns(every)) }).from(every);
    });
    expect(rows).toHaveLength(4);
    for (const { plain, one } of rows) expect(one).toStrictEqual(plain);
  });

  it('are cut to the millisecond where the database knows a time more exactly, as columns are', async () => {
    const cut = database.transaction(async (transaction) => {
      await transaction.execute(sql`update every set at = '2026-11-23T05:20:59.303999Z'`);
      const [read] = await transaction.select({ plain: every.at, one: columnsAsOne({ at: every.at }) }).from(every).limit(1);
      expect(read).toEqual({ plain: new Date('2026-11-23T05:20:59.303Z'), one: { at: new Date('2026-11-23T05:20:59.303Z') } });
      transaction.rollback();
    });
    await expect(cut).rejects.toMatchObject({ message: 'Rollback' });
  });

  it('are refused for a type that JSON would change', () => {
    const exact = pgTable('exact', { price: numeric('price'), day: timestamp('day', { mode: 'string' }) });
    expect(() => columnsAsOne({ price: exact.price })).toThrow('The column price (PgNumeric) would not come back from JSON as it is. Select it by itself.');
    expect(() => columnsAsOne({ day: exact.day })).toThrow('PgTimestampString');
  });

  it('are null where a joined row is missing', async () => {
    const none = database.select({ id: every.id, row: columnsAsOne({ count: every.count }).as('row') }).from(every).where(sql`false`).as('none');
    const rows = await database.select({ id: every.id, row: none.row }).from(every).leftJoin(none, eq(none.id, every.id));
    expect(rows.map(({ row }) => row)).toEqual([null, null, null, null]);
  });
});

describe('a statement that is built once', () => {
  it('is asked with other values each time, and built again only in another form or for another database', async () => {
    let built = 0;
    const statement = builtOnce('test', (db, least: number) => {
      built += 1;
      return db.select({ words: every.words }).from(every).where(sql`${every.count} >= ${least} and ${every.count} = ${sql.placeholder('count')}`);
    });
    expect(await statement(database, 0).execute({ count: 0 })).toEqual([{ words: '2026-11-23T05:20:59.303Z' }]);
    expect(await statement(database, 0).execute({ count: 5 })).toEqual([]);
    expect(built).toBe(1);
    expect(await statement(database, 1).execute({ count: 0 })).toEqual([]);
    expect(await statement(database, 0).execute({ count: 0 })).toHaveLength(1);
    expect(built).toBe(2);
    expect(await statement(openDatabase(pool), 0).execute({ count: 1 })).toHaveLength(1);
    expect(built).toBe(3);
  });

  it('sees in a transaction what the transaction has written', async () => {
    const statement = builtOnce('seen', (db) => db.select({ count: every.count }).from(every).where(eq(every.words, sql.placeholder('words'))));
    await statement(database).execute({ words: 'x' });
    const seen = database.transaction(async (transaction) => {
      await transaction.insert(every).values({ id: crypto.randomUUID(), words: 'x', count: 7 });
      expect(await statement(transaction).execute({ words: 'x' })).toEqual([{ count: 7 }]);
      transaction.rollback();
    });
    await expect(seen).rejects.toMatchObject({ message: 'Rollback' });
    expect(await statement(database).execute({ words: 'x' })).toEqual([]);
  });
});
