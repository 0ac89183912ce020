import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { closeAll } from '@/tests/faults/close-all';
import { startRunningProduct, type RunningProduct } from '@/tests/setup/running-product';
import { until } from '@/tests/setup/runtime-container';

let product: RunningProduct | undefined;
const network = `left-behind-${randomBytes(4).toString('hex')}`;

beforeEach(async () => {
  product = await startRunningProduct();
});

afterEach(() => closeAll(() => product?.close()));

const docker = (...args: string[]) => execFileSync('docker', args, { encoding: 'utf8' }).trim();
const isThere = () => docker('network', 'ls', '--quiet', '--filter', `name=${network}`) !== '';

/** The product itself compares every 25 seconds: where it did so meanwhile nothing was left to end, and all is done once more. */
async function beforeTheClock<T extends { ended: string }>(work: () => Promise<T>): Promise<T> {
  const result = await work();
  return result.ended.includes('agree') ? work() : result;
}

it('`npm run reconcile` shows what differs, ends it when it may, and says so when there is nothing to ask', async () => {
  const running = product as RunningProduct;
  const { client } = await running.signIn();
  const { id } = await client.workspaces.create.mutate({ repositoryUrl: 'http://127.0.0.1:9/none.git' });
  await client.workspaces.delete.mutate({ workspaceId: id });
  await until('the workspace to be gone', async () => (await client.workspaces.list.query()).length === 0, 60_000);
  expect(await running.node('scripts/reconcile.mjs', '--dry-run')).toMatch(/^Looked at 0 workspaces, 0 containers, 0 networks and the data directory in \d+\.\d s\.\nDatabase and machine agree\./);

  const { shown, stayed, ended } = await beforeTheClock(async () => {
    docker('network', 'create', '--subnet', '198.18.79.0/28', '--label', `anyon.instance=${running.instance}`, '--label', `anyon.workspace=${id}`, network);
    return { shown: await running.node('scripts/reconcile.mjs', '--dry-run'), stayed: isThere(), ended: await running.node('scripts/reconcile.mjs') };
  });
  expect(shown).toMatch(new RegExp(`^WHAT +ACTION +FREES +NAME\\nnetwork +remove +- +${network}\\n +Its workspace was deleted; the network was left behind\\. It is removed\\.\\n`));
  expect(shown).toMatch(/1 difference to end, which frees 0 MiB\. Nothing was changed \(--dry-run\)\.\n$/);
  expect(stayed).toBe(true);
  expect(ended).toMatch(/1 difference ended, 0 failed\.\n$/);
  expect(isThere()).toBe(false);

  await running.node('scripts/down.mjs');
  await expect(running.node('scripts/reconcile.mjs', '--dry-run')).rejects.toThrow(/✗ Anyon does not run with the data directory .*Start it with `npm run up`/s);
  await expect(running.node('scripts/reconcile.mjs', '--yes')).rejects.toThrow(/npm run reconcile -- --dry-run {4}only shows it/);
});
