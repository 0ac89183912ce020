import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { inParallel } from '@/server/workspaces/metrics/in-parallel';

it('does everything once, never more than so many at a time', async () => {
  const done: number[] = [];
  let busy = 0;
  let most = 0;
  await inParallel(Array.from({ length: 25 }, (_, index) => index), 4, async (item) => {
    most = Math.max(most, ++busy);
    await sleep(item % 3);
    busy -= 1;
    done.push(item);
  });
  expect(done.toSorted((one, other) => one - other)).toEqual(Array.from({ length: 25 }, (_, index) => index));
  expect(most).toBe(4);
});

it('goes on in the other lanes when one fails, and tells the failure at the end', async () => {
  const done: number[] = [];
  await expect(
    inParallel([1, 2, 3, 4], 2, async (item) => {
      await sleep(item);
      if (item === 1) throw new Error('one');
      done.push(item);
    }),
  ).rejects.toThrow('one');
  expect(done).toEqual([2, 3, 4]);
});

it('does nothing for nothing', async () => {
  await inParallel([], 4, () => Promise.reject(new Error('called')));
});
