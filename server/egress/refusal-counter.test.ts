import { expect, it } from 'vitest';
import type { Database } from '@/db/client';
import { RefusalCounter } from '@/server/egress/refusal-counter';
import { changeEnvironment } from '@/tests/setup/test-environment';

changeEnvironment({ ANYON_LOG_LEVEL: 'silent' });

it('keeps what it could not write down, and its number', async () => {
  let away = true;
  const written: string[] = [];
  const execute = async (query: { queryChunks: unknown[] }) => void written.push(JSON.stringify(query.queryChunks.filter((chunk) => typeof chunk === 'string')));
  const database = {
    transaction: async (work: (transaction: unknown) => Promise<void>) => {
      if (away) throw new Error('the database is away');
      await work({ execute });
    },
  } as unknown as Database;
  const counter = new RefusalCounter(database);
  for (let times = 0; times < 3; times += 1) counter.add('w1', { host: 'a.test', port: 443 }, 'because');
  await counter.flush();
  expect(written).toEqual([]);
  away = false;
  counter.add('w1', { host: 'a.test', port: 443 }, 'because of something newer');
  await counter.flush();
  expect(written[0]).toContain('\\"count\\":4');
  expect(written[0]).toContain('because of something newer');
  await counter.flush();
  expect(written).toHaveLength(2); // one to write, one to forget the oldest
});
