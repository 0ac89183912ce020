import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { TRPCError } from '@trpc/server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrateDatabase } from '@/db/migrate';
import { closeSender } from '@/server/queue/queue';
import { createCallerFactory } from '@/server/trpc/init';
import { appRouter } from '@/server/trpc/router';
import { bundleCommands, startCommand, storeLife, type StartedCommand } from '@/tests/setup/backup-bench';
import { fillEmptyTables } from '@/tests/setup/fill-tables';
import { columnsOf, copyRows, layReleaseBefore, MIGRATIONS, rowsOf, type Column } from '@/tests/setup/release-before';
import { rightInputs, type RightIds } from '@/tests/setup/right-inputs';
import { createTestDatabase, type TestDatabase } from '@/tests/setup/test-database';
import { signedInPerson, workspaceWithRun, type SignedIn } from '@/tests/setup/test-people';
import { startSignIn, type SignInBench } from '@/tests/setup/test-sign-in';
import { startWebProcess, untilAnswers } from '@/tests/setup/web-process';

/** From the tables of the release before to those of this one, with rows in every table, and while processes of that release are still at work. */
let directory: string;
let bench: SignInBench;
let today: TestDatabase;
let columnsBefore: Column[];
let tablesBefore: string[];
let rowsBefore: Record<string, string[]>;
let admin: SignedIn;
let ids: RightIds;

beforeAll(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-upgrade-'));
  bench = await startSignIn({ ANYON_DATA_DIR: directory, ANYON_INSTANCE: 'upgrade' });
  today = await createTestDatabase();
  admin = await signedInPerson(today.database, 'admin', 'admin');
  ids = await workspaceWithRun(today.database, admin.actor);
  await storeLife(today.database);
  await today.sql`update workspaces set memory_bytes = greatest(memory_bytes, ${2 ** 30}), pids = greatest(pids, 512)`;
  await fillEmptyTables(today.sql);
  await layReleaseBefore(bench.testDatabase.sql, bench.url);
  columnsBefore = await columnsOf(bench.testDatabase.sql);
  tablesBefore = [...new Set(columnsBefore.map(({ table }) => table))];
  await copyRows(today.sql, bench.testDatabase.sql, columnsBefore);
  rowsBefore = await rowsOf(bench.testDatabase.sql, columnsBefore);
});
afterAll(async () => {
  await closeSender();
  await today?.drop();
  await bench?.close();
  rmSync(directory, { recursive: true, force: true });
});

/** The migrations of this build and one more, in a folder of their own. */
function withOneMore(...statements: string[]): string {
  const folder = mkdtempSync(path.join(directory, 'migrations-'));
  cpSync(MIGRATIONS, folder, { recursive: true });
  const file = path.join(folder, 'meta/_journal.json');
  const journal = JSON.parse(readFileSync(file, 'utf8')) as { entries: object[] };
  journal.entries.push({ ...journal.entries.at(-1), idx: journal.entries.length, when: Date.now(), tag: '9999_more' });
  writeFileSync(file, JSON.stringify(journal));
  writeFileSync(path.join(folder, '9999_more.sql'), statements.join('--> statement-breakpoint\n'));
  return folder;
}

describe('D2-21 REL-26 a migration that does not come to its end', () => {
  let commands: string;
  const halfWay = ['ALTER TABLE "users" ADD COLUMN "half" text;', 'DELETE FROM "run_events";'];

  /** What an upgrade does before anything that runs is asked to make room. */
  function migrate(migrations: string): StartedCommand {
    cpSync(migrations, path.join(commands, 'migrations'), { recursive: true });
    return startCommand(path.join(commands, 'parent.mjs'), ['migrate'], { ANYON_DATA_DIR: path.join(directory, 'data'), ANYON_SECRET_KEY: process.env['ANYON_SECRET_KEY'] ?? '', DATABASE_URL: bench.url });
  }
  async function expectNothingChanged(): Promise<void> {
    expect(await columnsOf(bench.testDatabase.sql)).toEqual(columnsBefore);
    expect(await rowsOf(bench.testDatabase.sql, columnsBefore)).toEqual(rowsBefore);
  }

  beforeAll(async () => {
    commands = mkdtempSync(path.join(directory, 'commands-'));
    await bundleCommands(commands);
  });

  it('for it fails: changes nothing, and the upgrade says why it was not begun', async () => {
    const { code, output } = await migrate(withOneMore(...halfWay, 'SELECT 1 / 0;')).end;
    expect(output).toMatch(/could not be brought to the schema of this version \(division by zero\)\. Nothing was changed/);
    expect(code).toBe(1);
    await expectNothingChanged();
  });

  it('for it is killed: changes nothing, and nothing is in the way of the next try', async () => {
    const { child, end } = migrate(withOneMore(...halfWay, 'SELECT pg_sleep(3);'));
    const atWork = async () => (await bench.testDatabase.sql`select 1 from pg_stat_activity where query like '%pg_sleep(3)%' and state = 'active' and pid <> pg_backend_pid()`).length;
    await expect.poll(atWork, { timeout: 40_000, interval: 50 }).toBe(1);
    child.kill('SIGKILL');
    await end;
    await expect.poll(atWork, { timeout: 20_000, interval: 100 }).toBe(0);
    await expectNothingChanged();
  });
});

describe('REL-26 the tables of the release before, brought forward', () => {
  it('had rows in each of them, and have the same rows afterwards', async () => {
    expect(tablesBefore.filter((table) => rowsBefore[table]?.length === 0)).toEqual([]);
    await migrateDatabase(bench.url, MIGRATIONS);
    expect(await rowsOf(bench.testDatabase.sql, columnsBefore)).toEqual(rowsBefore);
    expect((await columnsOf(bench.testDatabase.sql)).map(({ table, name }) => `${table}.${name}`)).toEqual((await columnsOf(today.sql)).map(({ table, name }) => `${table}.${name}`));
  });

  it('suit the processes of that release for as long as they are there: nothing is missing that they read, nothing demanded that they do not write', async () => {
    const now = new Map((await columnsOf(today.sql)).map((column) => [`${column.table}.${column.name}`, column]));
    const before = new Map(columnsBefore.map((column) => [`${column.table}.${column.name}`, column]));
    const [missing, tightened] = [[...before].filter(([name, { type }]) => now.get(name)?.type !== type), [...before].filter(([name, { required }]) => now.get(name)?.required && !required)];
    expect({ missing, tightened }).toEqual({ missing: [], tightened: [] });
    const demanded = [...now].filter(([name, { table, required, preset }]) => tablesBefore.includes(table) && !before.has(name) && required && preset === null);
    expect(demanded).toEqual([]);
    const other = await createTestDatabase();
    try {
      await copyRows(today.sql, other.sql, columnsBefore);
      const counts = (rows: Record<string, string[]>) => Object.entries(rows).map(([table, { length }]) => [table, length]);
      expect(counts(await rowsOf(other.sql, columnsBefore))).toEqual(counts(rowsBefore));
    } finally {
      await other.drop();
    }
  });

  it('answer every question that the pages of this release ask', async () => {
    const caller = createCallerFactory(appRouter)({ actor: admin.actor }) as unknown as Record<string, Record<string, (input: unknown) => Promise<unknown>>>;
    const queries = Object.entries(appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>).filter(([, { _def }]) => _def.type === 'query');
    expect(queries.length).toBeGreaterThan(40);
    const failed: string[] = [];
    for (const [name] of queries) {
      const [noun = '', verb = ''] = name.split('.');
      const answer = caller[noun]?.[verb]?.(rightInputs[name]?.(ids)) ?? Promise.reject(new Error('there is no such procedure'));
      await answer.catch((error: unknown) => {
        if (!(error instanceof TRPCError) || error.code === 'INTERNAL_SERVER_ERROR') failed.push(`${name}: ${String(error)} ${String((error as Error).cause)}`);
      });
    }
    expect(failed).toEqual([]);
  });

  it('serve the web process of this release', async () => {
    const web = await startWebProcess({ DATABASE_URL: bench.url, AUTH_SECRET: process.env['AUTH_SECRET'] ?? '', ANYON_DATA_DIR: directory });
    try {
      await untilAnswers(web);
      expect((await fetch(`${web.url}/api/health?probe=ready`)).status).toBe(200);
    } finally {
      web.process.kill('SIGKILL');
      await web.ended;
    }
  });
});

describe('a migration of a table that somebody reads for long', () => {
  it('holds nobody else up meanwhile, and is done when that has ended', async () => {
    const folder = withOneMore('ALTER TABLE "users" ADD COLUMN "more" text;');
    const reader = await today.sql.reserve();
    await reader`begin`;
    await reader`select count(*) from users`;
    const migrated = migrateDatabase(today.url, folder);
    const waits: number[] = [];
    for (const from = performance.now(); performance.now() - from < 4_500; await sleep(50)) {
      const asked = performance.now();
      await today.sql`select count(*) from users`;
      waits.push(performance.now() - asked);
    }
    await reader`commit`;
    reader.release();
    await migrated;
    expect(Math.max(...waits)).toBeGreaterThan(400); // it did stand in the way
    expect(waits.filter((wait) => wait < 400).length).toBeGreaterThan(3); // and stepped aside
    expect(Math.max(...waits)).toBeLessThan(4_000);
    expect((await columnsOf(today.sql)).some(({ table, name }) => table === 'users' && name === 'more')).toBe(true);
  });
});
