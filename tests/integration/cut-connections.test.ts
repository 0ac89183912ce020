import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openPool, openSession, type Sql } from '@/db/client';
import { startPostgresFaultProxy, type PostgresFaultProxy } from '@/tests/faults/postgres-fault-proxy';
import { createTestDatabase, type TestDatabase } from '@/tests/setup/test-database';

/** A connection that is cut costs what was under way on it, and never the process or the pool. What is not caught here ends the test run. */
let database: TestDatabase;
let proxy: PostgresFaultProxy;
let pool: Sql;

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await startPostgresFaultProxy(database.url);
  pool = openPool(proxy.url, { max: 3 });
});
afterAll(async () => {
  await pool?.end({ timeout: 1 });
  await proxy?.close();
  await database?.drop();
});

it('in a transaction, between two statements: the second is refused, and the pool goes on', async () => {
  for (let round = 0; round < 10; round += 1) {
    const cut = pool.begin(async (transaction) => {
      await transaction`select 1`;
      proxy.reset();
      for (;;) await transaction`select ${round}::int`; // until the driver has noticed
    });
    await expect(cut).rejects.toMatchObject({ code: expect.stringMatching(/^(CONNECTION_|ECONN|EPIPE)/) as string });
    expect(await pool`select ${round}::int as round`).toEqual([{ round }]);
  }
});

it('by the server, while a transaction holds it and sends nothing', async () => {
  const other = openPool(database.url, { max: 1 });
  try {
    for (let round = 0; round < 10; round += 1) {
      const cut = pool.begin(async (transaction) => {
        const [{ pid } = { pid: 0 }] = await transaction<{ pid: number }[]>`select pg_backend_pid() as pid`;
        await other`select pg_terminate_backend(${pid})`;
        for (;;) {
          await new Promise((resolve) => setImmediate(resolve));
          await transaction`select 1`;
        }
      });
      expect(await cut.then(() => 'no end', ({ code }: { code: string }) => code)).toMatch(/^(57P01|CONNECTION_|ECONN|EPIPE)/);
      // The pool may not have heard of the end yet, and give the connection away once more.
      await vi.waitFor(async () => expect(await pool`select 1 as one`).toEqual([{ one: 1 }]));
    }
  } finally {
    await other.end({ timeout: 1 });
  }
});

it('with statements that were written a moment before: each gets its answer or a refusal, and none waits for ever', async () => {
  for (let round = 0; round < 30; round += 1) {
    const asked = Array.from({ length: 6 }, (_, number) => pool`select ${number}::int as number`.then(() => 'answered', () => 'refused'));
    setImmediate(() => proxy.reset());
    expect(await Promise.all(asked)).toHaveLength(6);
  }
  expect(await pool`select 1 as one`).toEqual([{ one: 1 }]);
});

it.each([['of a pool', (url: string) => openPool(url, { max: 1 })], ['that is a session', (url: string) => openSession(url)]] as const)('%s is asked after by the kernel within ten seconds of silence', async (_kind, open) => {
  const sql = open(database.url);
  try {
    const [{ port } = { port: 0 }] = await sql<{ port: number }[]>`select inet_client_port() as port`;
    const own = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
    // proc(5): sl local remote state queues `timer:ticks` …; timer 02 asks whether the other side is alive, a tick is a hundredth of a second.
    const timer = () => readFileSync('/proc/net/tcp', 'utf8').split('\n').map((line) => line.trim().split(/\s+/)).find(([, local]) => local?.endsWith(own))?.[5]?.split(':');
    await vi.waitFor(() => expect(timer()?.[0]).toBe('02')); // before that the kernel waits for the answer to what was sent
    expect(Number.parseInt(timer()?.[1] ?? '', 16)).toBeLessThanOrEqual(1_000);
  } finally {
    await sql.end({ timeout: 1 });
  }
});
