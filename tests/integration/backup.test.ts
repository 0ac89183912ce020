import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { setTimeout as sleep } from 'node:timers/promises';
import { eq } from 'drizzle-orm';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { apiTokens, removedWorkspaces, runs, sessions, tasks, workspaces } from '@/db/schema';
import { removedDir, runLogDir } from '@/server/deployment/paths';
import { revealSecret } from '@/server/secrets/vault';
import { migrateTo } from '@/server/system/backup/schema-history';
import { root } from '@/tests/house/house';
import { bundleCommands, sha256, startCommand, storeLife, type Ended, type StoredLife } from '@/tests/setup/backup-bench';
import { createTestDatabase, type TestDatabase } from '@/tests/setup/test-database';
import { changeEnvironment } from '@/tests/setup/test-environment';

/** The commands as processes, over a database of one's own; tests/integration/backup-drill.test.ts has the engine and the embedded one. */
const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-backup-'));
const key = randomBytes(32).toString('base64');
const databases: TestDatabase[] = [];
let first: Place;
let life: StoredLife;
let backup: string;

interface Place {
  dataDir: string;
  database: TestDatabase;
}

/** A machine with an empty data directory and a database. */
async function newPlace({ empty = true } = {}): Promise<Place> {
  const database = await createTestDatabase();
  databases.push(database);
  if (empty) await database.sql.unsafe('drop schema public cascade; drop schema drizzle cascade; create schema public');
  return { dataDir: mkdtempSync(path.join(directory, 'data-')), database };
}

const settingsOf = ({ dataDir, database }: Place, secretKey: string | null = key) => ({ ANYON_DATA_DIR: dataDir, ANYON_TEMP_DIR: path.join(dataDir, 'tmp'), ANYON_INSTANCE: 'backup', DATABASE_URL: database.url, ...(secretKey && { ANYON_SECRET_KEY: secretKey }) });
const bundle = (name: string) => path.join(directory, `${name}.mjs`);
const run = (name: string, args: string[], place: Place, secretKey?: string | null): Promise<Ended> => startCommand(bundle(name), args, settingsOf(place, secretKey)).end;
const restore = (place: Place, file = backup, ...more: string[]) => run('restore-command', [file, ...more], place);
const enter = (place: Place) => changeEnvironment(settingsOf(place));
const backupsIn = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.tar.gz'));

async function makeBackup(place: Place): Promise<string> {
  const folder = mkdtempSync(path.join(directory, 'backups-'));
  const { code, output } = await run('backup-command', [folder], place);
  expect(output).toContain('Not in it: the key');
  expect(code).toBe(0);
  return path.join(folder, backupsIn(folder)[0] ?? '');
}

beforeAll(async () => {
  await bundleCommands(directory);
  first = await newPlace({ empty: false });
  enter(first);
  life = await storeLife(first.database.database);
  backup = await makeBackup(first);
});
beforeEach(() => enter(first));
afterAll(async () => {
  for (const database of databases) await database.drop();
  rmSync(directory, { recursive: true, force: true });
});

describe('REL-27 SEC-14 a backup', () => {
  it('is one file for its owner alone, leaves nothing else, and holds no secret and no key', () => {
    expect(readdirSync(path.dirname(backup))).toEqual([path.basename(backup)]);
    expect(statSync(backup).mode & 0o777).toBe(0o600);
    const inside = gunzipSync(readFileSync(backup)).toString('latin1');
    expect(inside).toContain('hello world');
    for (const secret of [life.value, life.apiToken, Buffer.from(life.value).toString('base64').slice(4, -4), key, Buffer.from(key, 'base64').toString('hex')]) expect(inside).not.toContain(secret);
  });

  it('comes back in an empty place: rows, logs and kept work as they were, and the secret can be read', async () => {
    const place = await newPlace();
    const { code, output } = await restore(place);
    expect(output).toMatch(/✓ Restored as it was at .*: the logs of 2 runs, the kept work of 2 deleted workspaces\./);
    expect(code).toBe(0);
    const [before, db] = [runLogDir(life.finished), place.database.database];
    const bundleBefore = path.join(removedDir(life.removed), 'repository-a.bundle');
    enter(place);
    expect(sha256(path.join(runLogDir(life.finished), 'out.log'))).toBe(sha256(path.join(before, 'out.log')));
    expect(sha256(path.join(removedDir(life.removed), 'repository-a.bundle'))).toBe(sha256(bundleBefore));
    expect(statSync(path.join(removedDir(life.removed), 'kept.json')).mode & 0o777).toBe(0o600);
    const tree = path.join(removedDir(life.removedFiles), 'files/repo');
    expect(readdirSync(tree).sort()).toEqual(['--help', 'a\nb', 'link']);
    expect([readFileSync(path.join(tree, 'a\nb'), 'utf8'), statSync(path.join(tree, '--help')).mode & 0o777, readlinkSync(path.join(tree, 'link'))]).toEqual(['of two lines', 0o755, '/etc/passwd']);
    expect(await revealSecret(db, life.secret)).toBe(life.value);
    const finishedOf = async (place: Place) => (await place.database.database.select().from(runs).where(eq(runs.id, life.finished)))[0];
    expect(await finishedOf(place)).toEqual(await finishedOf(first));
    expect(existsSync(path.join(place.dataDir, 'restoring.json'))).toBe(false);
  });

  it('is true of the machine that it comes back on: nothing is said to go on, and nobody is signed in', async () => {
    const place = await newPlace();
    expect((await restore(place)).output).toMatch(/ 1 run under way then: interrupted now\.\n {2}1 workspace: stopped/);
    const db = place.database.database;
    const [live] = await db.select().from(runs).where(eq(runs.id, life.live));
    expect(live).toMatchObject({ status: 'interrupted', outBytes: 15, statusReason: expect.stringMatching(/^It was under way when the backup of 20..-..-.. ..:.. UTC was made/) });
    expect(await db.select().from(workspaces)).toMatchObject([{ status: 'stopped', desired: 'stopped', containerId: null, subnet: null, clonedAt: null, name: 'hello\tand\nmore \\ "so"', statusReason: expect.stringMatching(/clones the repository again/) }]);
    expect(await db.select().from(tasks)).toMatchObject([{ status: 'cancelled' }]);
    expect(await db.$count(sessions)).toBe(0);
    expect(await db.$count(apiTokens)).toBe(0);
    const [kept] = await db.select().from(removedWorkspaces);
    expect(kept?.keptUntil.getTime()).toBeGreaterThan(Date.now() + 47 * 60 * 60_000);
    // The triggers are awake again: a change gets the next number, behind all that were given out.
    const [changed] = await db.update(runs).set({ model: 'x' }).where(eq(runs.id, life.finished)).returning();
    expect(changed?.changeSeq).toBeGreaterThan(live?.changeSeq ?? Infinity);
  });

  it('of a place where nothing ever was is refused, and nothing is made there', async () => {
    const dataDir = mkdtempSync(path.join(directory, 'nothing-'));
    expect(await startCommand(bundle('backup-command'), [directory], { ANYON_DATA_DIR: dataDir }).end).toMatchObject({ code: 1, output: expect.stringMatching(/Anyon was never started with the data directory/) });
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it('of the version before comes back, and its tables go forward', async () => {
    const folder = path.join(root, 'db/migrations');
    const steps = readMigrationFiles({ migrationsFolder: folder }).length;
    const old = await newPlace();
    await migrateTo(old.database.url, folder, steps - 1);
    await old.database.sql`insert into users (id, login, role) values ('00000000-0000-7000-8000-000000000001', 'early', 'member')`;
    const file = await makeBackup(old);
    const place = await newPlace();
    expect(await restore(place, file)).toMatchObject({ code: 0 });
    const applied = await place.database.sql`select count(*)::int as steps from drizzle.__drizzle_migrations`;
    expect(applied[0]).toEqual({ steps });
    expect(await place.database.sql`select login from users`).toEqual([{ login: 'early' }]);
  });
});

describe('REL-27 a restore refuses, and changes nothing,', () => {
  const untouched = async (place: Place) => {
    expect((await place.database.sql`select 1 from pg_tables where schemaname = 'public'`).length).toBe(0);
    expect(existsSync(runLogDir(life.finished).replace(first.dataDir, place.dataDir))).toBe(false);
    expect(existsSync(path.join(place.dataDir, 'restoring.json'))).toBe(false);
  };

  it.each<[string, string | null]>([
    ['another key', randomBytes(32).toString('base64')],
    ['no key', null],
  ])('SEC-14 with %s, naming the one that is missing', async (_what, secretKey) => {
    const place = await newPlace();
    const { code, output } = await run('restore-command', [backup], place, secretKey);
    expect(code).toBe(1);
    expect(output).toMatch(/sealed with a key that is not here: [0-9a-f]{12} \(2 values\)\. .*ANYON_SECRET_KEY/);
    await untouched(place);
    expect(existsSync(path.join(place.dataDir, 'keys/secret-key'))).toBe(false); // none is made on the way
  });

  it('a file that ends early, and one with a flipped bit', async () => {
    const place = await newPlace();
    const damaged = path.join(directory, 'damaged.tar.gz');
    const whole = readFileSync(backup);
    writeFileSync(damaged, whole);
    truncateSync(damaged, whole.length - 2_000);
    expect(await restore(place, damaged)).toMatchObject({ code: 1, output: expect.stringContaining('is no whole backup') });
    const flipped = Buffer.from(whole);
    flipped[Math.floor(whole.length / 2)] = (flipped[Math.floor(whole.length / 2)] ?? 0) ^ 0x10;
    writeFileSync(damaged, flipped);
    expect(await restore(place, damaged)).toMatchObject({ code: 1, output: expect.stringContaining('is no whole backup') });
    await untouched(place);
  });

  it('one of a newer version', async () => {
    const newer = await newPlace({ empty: false });
    await newer.database.sql`insert into drizzle.__drizzle_migrations (hash, created_at) values (${'f'.repeat(64)}, ${Date.now()})`;
    const file = await makeBackup(newer);
    const place = await newPlace();
    expect(await restore(place, file)).toMatchObject({ code: 1, output: expect.stringMatching(/of a newer version/) });
    await untouched(place);
  });

  it('where there is data, until it is told to put that aside; then the old lies beside the new, whole', async () => {
    const place = await newPlace({ empty: false });
    enter(place);
    const other = await storeLife(place.database.database);
    expect(await restore(place)).toMatchObject({ code: 1, output: expect.stringMatching(/There is data already.*--replace/) });
    expect(existsSync(runLogDir(other.finished))).toBe(true);

    expect(await restore(place, backup, '--replace')).toMatchObject({ code: 0 });
    expect(existsSync(runLogDir(other.finished))).toBe(false);
    expect(existsSync(runLogDir(life.finished))).toBe(true);
    const aside = readdirSync(place.dataDir).find((name) => name.startsWith('before-restore-')) ?? '';
    expect(existsSync(path.join(place.dataDir, aside, 'runs', other.finished, 'out.log'))).toBe(true);
    const beside = place.database.sql(`public_${aside.replaceAll('-', '_')}`);
    expect(await place.database.sql`select id from ${beside}.runs where id = ${other.finished}`).toEqual([{ id: other.finished }]);
    expect(await revealSecret(place.database.database, life.secret)).toBe(life.value);
  });
});

describe('REL-27 killed in the middle', () => {
  /** Long enough to be met in the middle: random bytes, which no packing makes short. */
  const addLongLog = () => writeFileSync(path.join(runLogDir(life.finished), 'long.log'), randomBytes(32 * 1024 * 1024));

  it('a backup leaves nothing that looks like one, and the next sweeps up', async () => {
    const folder = mkdtempSync(path.join(directory, 'killed-'));
    addLongLog();
    const { child, end } = startCommand(bundle('backup-command'), [folder], settingsOf(first));
    const partial = () => readdirSync(folder).find((name) => name.endsWith('.partial') && statSync(path.join(folder, name)).size > 1024 * 1024);
    while (!partial()) await sleep(5);
    child.kill('SIGKILL');
    await end;
    expect(backupsIn(folder)).toEqual([]);
    expect(readdirSync(folder).every((name) => name.startsWith('.'))).toBe(true);
    expect(await run('backup-command', [folder], first)).toMatchObject({ code: 0 });
    expect(readdirSync(folder)).toEqual(backupsIn(folder));
    rmSync(path.join(runLogDir(life.finished), 'long.log'));
  });

  it('a restore keeps Anyon down until it was done again', async () => {
    addLongLog();
    const file = await makeBackup(first);
    rmSync(path.join(runLogDir(life.finished), 'long.log'));
    const place = await newPlace();
    mkdirSync(path.join(place.dataDir, 'runs'), { recursive: true });
    const { child, end } = startCommand(bundle('restore-command'), [file], settingsOf(place));
    const half = path.join(place.dataDir, 'runs', life.finished, 'long.log');
    while (!existsSync(half)) await sleep(5);
    child.kill('SIGKILL');
    await end;
    const start = await run('parent', [], place);
    expect(start.code).toBe(1);
    expect(readFileSync(path.join(place.dataDir, 'parent.json'), 'utf8')).toContain('A restore was interrupted');
    expect(await run('backup-command', [directory], place)).toMatchObject({ code: 1, output: expect.stringContaining('A restore was interrupted') });

    expect(await restore(place)).toMatchObject({ code: 0 });
    expect(existsSync(half)).toBe(false); // of the other try
    expect(readdirSync(place.dataDir).filter((name) => name.startsWith('.restore-') || name.startsWith('before-restore-'))).toEqual([]);
    expect(await revealSecret(place.database.database, life.secret)).toBe(life.value);
  });
});
