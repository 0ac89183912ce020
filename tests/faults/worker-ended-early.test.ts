import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSession, type Sql } from '@/db/client';
import { databaseUrl } from '@/server/database';
import { LEAD_LOCK } from '@/server/queue/lead';
import { killWorkers, startWorkerProcess } from '@/tests/faults/worker-process';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';

/** A worker that is ended before it has begun must not take the lead and then do nothing with it: found by the history checker. */
let product: TestProduct;
let holder: Sql;

beforeAll(async () => {
  product = await startTestProduct();
  holder = openSession(databaseUrl());
  await holder`select pg_advisory_lock(${LEAD_LOCK})`;
});
afterAll(async () => {
  await killWorkers();
  await holder?.end({ timeout: 1 });
  await product?.close();
});

const ask = async (what: string) => (await holder<{ many: number }[]>`select count(*)::int as many from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database()) and objid = ${LEAD_LOCK} and granted = ${what === 'held'}`)[0]?.many ?? 0;

it('REL-22 a worker that is asked to end while it waits for the lead ends, and leaves the lead to others', async () => {
  const worker = startWorkerProcess();
  while ((await ask('waiting')) === 0) await sleep(50);
  worker.signal('SIGTERM');
  // A worker that wants the lead first gets it, and must end all the same.
  await Promise.race([worker.ended, sleep(5_000)]);
  await holder`select pg_advisory_unlock(${LEAD_LOCK})`;
  const ended = await Promise.race([worker.ended.then(() => 'ended'), sleep(60_000, 'still there')]);
  expect(ended).toBe('ended');
  while ((await ask('held')) > 0) await sleep(50); // its connection may get the lead for a moment, until Postgres sees that nobody is there
});
