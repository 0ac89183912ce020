import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import type { ChangeEvent } from '@/contract/change';
import { workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { followChanges } from '@/server/runs/change-feed';
import { freshSteps } from '@/server/workspaces/tasks/start-steps';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';

let product: TestProduct;
let ada: Actor;
let bob: Actor;

beforeAll(async () => {
  product = await startTestProduct();
  ada = await product.addUser('ada');
  bob = await product.addUser('bob');
});
afterAll(() => product?.close());

async function addWorkspace(owner: Actor): Promise<string> {
  const id = uuidv7();
  const limits = { memoryBytes: 1024 ** 3, cpus: 1, pids: 100 };
  await database().insert(workspaces).values({ id, ownerId: owner.userId, name: 'w', repositoryUrl: 'https://x.org/y', image: 'i', ...limits, status: 'stopped', steps: freshSteps() });
  return id;
}

/** Reads events until one fits; how many others came before it tells what leaked. */
async function until(events: AsyncGenerator<ChangeEvent>, fits: (event: ChangeEvent) => boolean): Promise<ChangeEvent[]> {
  const seen: ChangeEvent[] = [];
  for (;;) {
    const { value, done } = await events.next();
    if (done) throw new Error('the feed ended');
    seen.push(value);
    if (fits(value)) return seen;
  }
}

it('tells an actor what changes among their own things and nothing of anybody else, deletions as a call to look again', async () => {
  const ending = new AbortController();
  const adas = followChanges(ada, ending.signal);
  expect((await adas.next()).value).toEqual({ workspaceIds: [], runIds: [], batchIds: [], topics: [] });

  const bobs = await addWorkspace(bob);
  const hers = await addWorkspace(ada);
  const first = await until(adas, (event) => event.workspaceIds.includes(hers));
  expect(JSON.stringify(first)).not.toContain(bobs);

  await database().update(workspaces).set({ name: 'renamed' }).where(eq(workspaces.id, hers));
  await until(adas, (event) => event.workspaceIds.length === 1 && event.workspaceIds[0] === hers);

  await database().delete(workspaces).where(eq(workspaces.id, hers));
  await until(adas, (event) => event.workspaceIds.length === 0 && event.runIds.length === 0);

  ending.abort();
  expect((await adas.next()).done).toBe(true);
});
