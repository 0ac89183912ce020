import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import type { RunView } from '@/contract/run';
import { runs, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { requireRunAccess } from '@/server/runs/access';
import { retryRun } from '@/server/runs/retry-run';
import { promptForClaude } from '@/server/runs/run-prompt';
import { moveRun } from '@/server/runs/run-status';
import { startRun } from '@/server/runs/start-run';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { workspaceWithRun } from '@/tests/setup/test-people';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';

/** Starting a run again whose prompt holds a secret. No worker: nothing of this needs Claude. */
const token = `ghp_${'A1b2'.repeat(9)}`;
const entered = `Publish with ${token}, please`;
const masked = `Publish with ${'*'.repeat(token.length)}, please`;

let product: TestProduct;
let owner: Actor;
let workspaceId: string;

beforeAll(async () => {
  product = await startTestProduct();
  owner = await product.addUser('owner');
  ({ workspaceId } = await workspaceWithRun(database(), owner, 'running'));
  await database().update(workspaces).set({ desired: 'running', nextRunNumber: 1_000 }).where(eq(workspaces.id, workspaceId));
});
afterAll(() => product?.close());

const start = async (prompt: string) => startRun(await requireWorkspaceAccess(owner, workspaceId), { prompt });
const access = (run: RunView, actor = owner) => requireRunAccess(actor, run.id);

async function told(run: RunView): Promise<string> {
  const [row] = await database().select().from(runs).where(eq(runs.id, run.id));
  if (!row) throw new Error('There is no such run.');
  return promptForClaude(row);
}

it('says of a prompt whether parts of it were masked', async () => {
  expect(await start(entered)).toMatchObject({ prompt: masked, promptMasked: true });
  expect(await start('Nothing to hide, not even ****')).toMatchObject({ promptMasked: false });
});

it('tells Claude what was entered when it is started again unedited while it is on', async () => {
  const run = await start(entered);
  for (const prompt of [undefined, masked]) {
    const again = await retryRun(await access(run), { ...(prompt !== undefined && { prompt }) });
    expect(again).toMatchObject({ prompt: masked, promptMasked: true, retriesRunId: run.id });
    expect(await told(again)).toBe(entered);
  }
});

it('gives what one person entered to nobody else', async () => {
  const run = await start(entered);
  const admin = await product.addUser('admin', 'admin');
  const of = await access(run, admin);
  await expect(retryRun(of, {})).rejects.toMatchObject({ kind: 'precondition', message: expect.stringContaining('only the person who started it') });
});

it('refuses in words when it is over and the masked parts were not put in again, and takes them when they were', async () => {
  const run = await start(entered);
  expect(await moveRun(database(), run.id, { to: 'stopped', reason: null })).not.toBeNull();
  const of = await access(run);
  for (const input of [{}, { prompt: masked }]) await expect(retryRun(of, input)).rejects.toMatchObject({ kind: 'precondition', message: expect.stringContaining('Put them in again') });
  expect(await told(await retryRun(of, { prompt: `${entered}!` }))).toBe(`${entered}!`);
  expect(await told(await retryRun(of, { prompt: 'Something else' }))).toBe('Something else');
});
