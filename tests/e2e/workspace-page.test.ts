import { execFileSync } from 'node:child_process';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openProductOnScreen, type ProductOnScreen } from '@/tests/e2e/product-on-screen';
import { state } from '@/tests/e2e/steps';
import { keepPictureOfFailure, visit } from '@/tests/setup/browser';

/** One workspace through its life, by its page: figures, settings, checkpoints, deletion and what is kept. In this order. */
const GIB = 1024 ** 3;
const FILE = '/workspace/repo/NOTES.txt';
let scene: ProductOnScreen;
let page: Page;
let workspaceId: string;

beforeAll(async () => {
  scene = await openProductOnScreen();
  ({ page } = scene);
  workspaceId = await scene.enterGarden('garden');
});

afterAll(() => scene?.close());

beforeEach(() => keepPictureOfFailure(page));

function docker(...args: string[]): string {
  return execFileSync('docker', args, { encoding: 'utf8' }).trim();
}

function containerOf(id: string): string {
  return docker('ps', '--quiet', '--no-trunc', '--filter', `label=anyon.workspace=${id}`);
}

/** Writes a file in the workspace as its own programs would. */
function write(id: string, text: string): void {
  docker('exec', '--user', '1000', containerOf(id), 'node', '-e', `require('fs').writeFileSync('${FILE}', '${text}')`);
}

function read(id: string): string {
  return docker('exec', '--user', '1000', containerOf(id), 'cat', FILE);
}

async function openTab(name: string): Promise<void> {
  await visit(page, `${scene.product.origin}/workspaces/${workspaceId}`);
  await page.getByRole('tab', { name }).click();
}

describe('the figures', () => {
  it('say which container it is and how it is', async () => {
    const facts = page.locator('dl[aria-label="The container now"]');
    await facts.getByText(containerOf(workspaceId).slice(0, 12)).waitFor();
    await facts.getByText(/^\d+(\.\d)? ([KM]iB )?of 1 GiB$/).waitFor({ timeout: 30_000 });
  });

  it('are drawn as charts of the last hour, which say the same in words and as a table', async () => {
    await openTab('Metrics');
    await page.locator('[data-testid="chart-memory"] canvas').waitFor();
    const memory = page.getByRole('img', { name: /^Memory over the last hour\. latest \d+(\.\d)? [KMG]iB, highest .* The limit is 1 GiB\.$/ });
    await memory.waitFor();
    for (const name of ['CPU', 'Network', 'Disk']) await page.getByRole('img', { name: new RegExp(`^${name} over the last hour`) }).waitFor();
    expect(await painted('chart-memory')).toBeGreaterThan(100);
    await page.getByText('Table', { exact: true }).click();
    await page.getByRole('columnheader', { name: /^Memory/ }).waitFor();
    await page.getByRole('row').nth(1).getByText(/[KMG]iB$/).first().waitFor();
  });
});

/** How many pixels of a chart are not empty. */
function painted(chart: string): Promise<number> {
  return page.locator(`[data-testid="${chart}"] canvas`).evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
    let count = 0;
    for (let index = 3; index < data.length; index += 4) if ((data[index] ?? 0) > 0) count += 1;
    return count;
  });
}

describe('the settings', () => {
  it('change the limits at once, in the container that runs', async () => {
    const before = containerOf(workspaceId);
    await openTab('Settings');
    const limits = page.getByRole('form', { name: 'Limits' });
    await limits.getByLabel('Memory').selectOption('2');
    await limits.getByText(/more of this size could work at once|Does not fit now/).waitFor();
    await limits.getByRole('button', { name: 'Save' }).click();
    await limits.getByText('Saved').waitFor();
    await page.getByText('2 GiB memory').waitFor();
    expect([containerOf(workspaceId), docker('inspect', '--format', '{{.HostConfig.Memory}}', before)]).toEqual([before, String(2 * GIB)]);
  });

  it('say what is wrong with a value and save nothing', async () => {
    const network = page.getByRole('form', { name: 'Network' });
    await network.getByText('Named hosts').click();
    await network.getByLabel('Hosts', { exact: true }).fill('registry.npmjs.org\nhttp://wrong');
    await network.getByRole('button', { name: 'Save' }).click();
    await network.getByRole('alert').filter({ hasText: 'http://wrong: Enter a host name' }).waitFor();
  });

  it('say what applies at the next start, and restart for it', async () => {
    const network = page.getByRole('form', { name: 'Network' });
    await network.getByLabel('Hosts', { exact: true }).fill('registry.npmjs.org');
    await network.getByRole('button', { name: 'Save' }).click();
    await network.getByText('Saved').waitFor();
    await page.getByRole('button', { name: 'Restart now' }).click();
    await page.getByText('That applies at the next start').waitFor({ state: 'detached', timeout: 90_000 });
    await state(page, 'Running').waitFor({ timeout: 90_000 });
  });

  it('are in the activity: what was asked, by whom, with its attempts', async () => {
    await page.getByRole('tab', { name: 'Activity' }).click();
    const restart = page.getByRole('listitem').filter({ hasText: 'Restart by owner' }).first();
    await restart.getByText('Done').first().waitFor();
    await restart.getByRole('button', { expanded: false }).click();
    await restart.getByText('Attempt 1 of').waitFor();
    await page.getByText('Create by owner').waitFor();
  });
});

describe('checkpoints', () => {
  it('are taken by a click and restored by another, and nothing is lost by that', async () => {
    write(workspaceId, 'first');
    await openTab('Checkpoints');
    await page.getByRole('button', { name: 'Take one now' }).click();
    await page.getByText('Kept: repository.').waitFor({ timeout: 30_000 });
    write(workspaceId, 'second');
    const taken = page.getByRole('listitem').filter({ hasText: 'asked for' }).first();
    await taken.getByText('1 file').waitFor();
    await taken.getByRole('button', { name: 'Restore' }).click();
    await page.getByRole('dialog').getByText('Nothing is lost.').waitFor();
    await page.getByRole('button', { name: 'Restore the files' }).click();
    await page.getByText('What was there before is the newest checkpoint').waitFor({ timeout: 30_000 });
    expect(read(workspaceId)).toBe('first');
    await page.getByRole('listitem').filter({ hasText: 'before another one was restored' }).getByRole('button', { name: 'Restore' }).click();
    await page.getByRole('button', { name: 'Restore the files' }).click();
    await expect.poll(() => read(workspaceId), { timeout: 30_000 }).toBe('second');
  });
});

describe('deleting', () => {
  it('says what goes and what is kept, and goes back to the list', async () => {
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Delete…' }).click();
    await page.getByRole('dialog', { name: 'Delete garden?' }).getByText('The work is kept for 30 days').waitFor();
    await page.getByRole('button', { name: 'Delete the workspace' }).click();
    await page.waitForURL('**/workspaces');
    await page.getByRole('heading', { name: 'No workspaces yet' }).waitFor({ timeout: 60_000 });
  });

  it('keeps the work: it comes back in a new workspace, with what was never committed', async () => {
    await page.getByRole('link', { name: 'Deleted, still kept' }).click();
    const kept = page.getByRole('listitem').filter({ hasText: 'garden' });
    await kept.getByText('as one git bundle').waitFor();
    await kept.getByRole('button', { name: 'Restore' }).click();
    await page.waitForURL(/\/workspaces\/[0-9a-f-]{36}$/);
    await state(page, 'Running').waitFor({ timeout: 90_000 });
    const restored = /workspaces\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? '';
    expect(restored).not.toBe(workspaceId);
    expect(read(restored)).toBe('second');
  });
});

it('met no error in the console on the whole way', () => {
  expect(scene.person.complaints).toEqual([]);
});
