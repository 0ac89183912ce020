import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startEmbeddedPostgres, stopEmbeddedPostgres } from '@/server/deployment/embedded-postgres';
import { findPostmaster } from '@/server/deployment/postmaster';

const PORT = 26_433; // away from the product and from the server that the other tests use

describe('embedded Postgres', () => {
  /** What a first start has made, of which every case but that of the first start has a copy: to make it takes seconds. */
  let made = '';
  let directory = '';

  async function newDirectory(): Promise<string> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'anyon-postgres-'));
    await chmod(folder, 0o711); // the server is another user than root
    return folder;
  }

  beforeAll(async () => {
    made = await newDirectory();
    await startEmbeddedPostgres({ directory: made, port: PORT });
    await stopEmbeddedPostgres(made);
    for (const own of ['port', 'postgres.log']) await rm(path.join(made, own)); // each server's own
  });

  afterAll(() => rm(made, { recursive: true, force: true }));

  beforeEach(async ({ task }) => {
    directory = await newDirectory();
    if (!task.name.startsWith('makes a database on the first start')) await promisify(execFile)('cp', ['--archive', `${made}/.`, directory]);
  });

  afterEach(async () => {
    await stopEmbeddedPostgres(directory);
    await rm(directory, { recursive: true, force: true });
  });

  const start = () => startEmbeddedPostgres({ directory, port: PORT });
  const postmaster = () => findPostmaster(path.join(directory, 'cluster'));

  async function query(url: string, work: (sql: postgres.Sql) => Promise<unknown>): Promise<unknown> {
    const sql = postgres(url, { max: 1, onnotice: () => {} });
    try {
      return await work(sql);
    } finally {
      await sql.end({ timeout: 1 });
    }
  }

  it('makes a database on the first start, adopts the running server on the second, and keeps the data over a stop', async () => {
    const first = await start();
    expect(first).toMatchObject({ port: PORT, adopted: false });
    await query(first.url, (sql) => sql`create table kept as select 42 as answer`);
    expect(await start()).toEqual({ ...first, adopted: true });
    expect(await stopEmbeddedPostgres(directory)).toBe(true);
    expect(await stopEmbeddedPostgres(directory)).toBe(false);
    const again = await start();
    expect(again).toEqual(first);
    expect(await query(again.url, (sql) => sql`select answer from kept`)).toEqual([{ answer: 42 }]);
  });

  it('comes back after kill -9 with everything that was acknowledged', async () => {
    const { url } = await start();
    await query(url, (sql) => sql`create table kept (n int)`);
    for (let round = 1; round <= 3; round++) {
      await query(url, (sql) => sql`insert into kept values (${round})`);
      process.kill((await postmaster())?.process.pid ?? -1, 'SIGKILL');
      expect((await start()).adopted).toBe(false);
    }
    expect(await query(url, (sql) => sql`select n from kept order by n`)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it('starts once when several callers ask at the same time', async () => {
    await start();
    await stopEmbeddedPostgres(directory);
    const urls = await Promise.all([start(), start(), start()]);
    expect(new Set(urls.map(({ url }) => url)).size).toBe(1);
  });

  it('takes the next free port when something else holds the wanted one, and remembers it', async () => {
    const holder = net.createServer().listen(PORT, '127.0.0.1');
    await new Promise((resolve) => holder.once('listening', resolve));
    const { port } = await start();
    expect(port).toBeGreaterThan(PORT);
    await stopEmbeddedPostgres(directory);
    await new Promise((resolve) => holder.close(resolve));
    expect((await start()).port).toBe(port);
  });

  it('starts although its pid file names another living program, as after a reboot', async () => {
    await start();
    const pidFile = path.join(directory, 'cluster/postmaster.pid');
    const left = await readFile(pidFile, 'utf8');
    await stopEmbeddedPostgres(directory);
    await writeFile(pidFile, left.replace(/^\d+/, String(process.pid)));
    expect(await postmaster()).toBeNull();
    expect((await start()).adopted).toBe(false);
  });

  it('refuses the data of another major version with a sentence', async () => {
    await start();
    await stopEmbeddedPostgres(directory);
    await writeFile(path.join(directory, 'cluster/PG_VERSION'), '15\n');
    await expect(start()).rejects.toMatchObject({ kind: 'precondition', message: expect.stringContaining('made by Postgres 15') });
  });

  it('keeps its password to its owner and listens on the loopback address alone', async () => {
    const { url } = await start();
    const { mode } = await stat(path.join(directory, 'password'));
    expect(mode & 0o777).toBe(0o600);
    expect(await query(url, (sql) => sql`show listen_addresses`)).toEqual([{ listen_addresses: '127.0.0.1' }]);
    const wrong = new URL(url);
    wrong.password = 'wrong';
    await expect(query(wrong.href, (sql) => sql`select 1`)).rejects.toMatchObject({ code: '28P01' });
  });
});
