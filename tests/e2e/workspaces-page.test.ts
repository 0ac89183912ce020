import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openProductOnScreen, type ProductOnScreen } from '@/tests/e2e/product-on-screen';
import { signInAsOwner } from '@/tests/e2e/steps';
import { keepPictureOfFailure, visit } from '@/tests/setup/browser';
import type { AnyonClient } from '@/tests/setup/running-product';

/** The list of workspaces as somebody uses it who has several: figures, filter, choosing, and one action for many. In this order. */
const MIB = 1024 ** 2;
let scene: ProductOnScreen;
let page: Page;
let client: AnyonClient;
const ids = new Map<string, string>();

beforeAll(async () => {
  scene = await openProductOnScreen();
  ({ page } = scene);
  ({ client } = await scene.product.signIn());
  for (const name of ['apple', 'beech', 'cedar', 'birch']) ids.set(name, (await client.workspaces.create.mutate({ repositoryUrl: scene.repositories.url('garden'), name, limits: { memoryBytes: 512 * MIB } })).id);
  await untilAllRun();
  await signInAsOwner(page, await scene.product.setupAddress());
});

afterAll(() => scene?.close());

beforeEach(() => keepPictureOfFailure(page));

const idOf = (name: string) => ids.get(name) ?? '';
const row = (name: string) => page.locator(`[data-workspace-row="${idOf(name)}"]`);
const tick = (name: string) => page.getByRole('checkbox', { name: `Choose ${name}` });
const rows = () => page.locator('[data-workspace-row]');
const result = (name: string) => page.getByRole('region', { name: 'Results' }).getByRole('listitem').filter({ hasText: name });

async function untilAllRun(): Promise<void> {
  for (;;) {
    const all = await client.workspaces.list.query();
    if (all.every(({ status }) => status === 'running')) return;
    const wrong = all.find(({ status }) => status !== 'running' && status !== 'creating');
    if (wrong) throw new Error(`${wrong.name} is ${wrong.status}: ${wrong.statusReason}`);
    await sleep(250);
  }
}

function containersRunning(): number {
  return execFileSync('docker', ['ps', '--quiet', '--filter', `label=anyon.instance=${scene.product.instance}`], { encoding: 'utf8' }).split('\n').filter(Boolean).length;
}

async function openList(): Promise<void> {
  await visit(page, `${scene.product.origin}/workspaces`);
  await rows().first().waitFor();
}

it('shows what every workspace uses, live', async () => {
  const figures = row('apple').getByRole('cell');
  await figures.filter({ hasText: /memory \d+(\.\d)? [KMG]iB/ }).waitFor({ timeout: 30_000 });
  await figures.filter({ hasText: /CPU \d/ }).waitFor();
  await row('apple').locator('polyline').first().waitFor({ state: 'attached', timeout: 40_000 }); // two readings make a line; a flat one has no height
});

it('filters by words and by state, keeps the filter in the address, and says when nothing fits', async () => {
  await page.keyboard.press('/');
  await page.keyboard.type('b');
  await expect.poll(() => rows().count()).toBe(2);
  await page.waitForURL(/\?q=b$/);
  await page.reload();
  await expect.poll(() => rows().count()).toBe(2);
  expect(await page.getByLabel('Filter by text').inputValue()).toBe('b');
  await page.getByLabel('State').selectOption('running');
  await page.getByLabel('Filter by text').fill('nobody');
  await page.getByRole('heading', { name: 'None of them fits the filter' }).waitFor();
  await page.getByRole('button', { name: 'Show all' }).click();
  await expect.poll(() => rows().count()).toBe(4);
  expect(new URL(page.url()).search).toBe('');
});

it('is driven by the keyboard: down, choose, all, none, and a list of the keys', async () => {
  for (const key of ['j', 'j', 'x']) await page.keyboard.press(key);
  await page.getByText('1 chosen').waitFor();
  await page.keyboard.press('a');
  await page.getByText('4 chosen').waitFor();
  await page.keyboard.press('Escape');
  await page.getByText('4 chosen').waitFor({ state: 'detached' });
  await page.keyboard.press('?');
  await page.getByRole('dialog').getByText('Choose all that are listed').waitFor();
  await page.keyboard.press('Escape');
});

describe('one action for many', () => {
  it('chooses a range with Shift and says before stopping whom it affects', async () => {
    // Newest first: birch, cedar, beech, apple.
    await tick('birch').click();
    await tick('beech').click({ modifiers: ['Shift'] });
    await page.getByText('3 chosen').waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    const dialog = page.getByRole('dialog', { name: 'Stop 3 workspaces?' });
    await dialog.getByText('No run is on in them.').waitFor();
    expect((await dialog.getByRole('list', { name: 'Affected workspaces' }).innerText()).split('\n')).toEqual(['birch', 'cedar', 'beech']);
    await dialog.getByRole('button', { name: 'Stop 3 workspaces' }).click();
    await page.waitForURL(/\/batches\/[0-9a-f-]{36}$/);
  });

  it('shows the result of each as it comes, and leaves the others alone', async () => {
    await page.getByRole('heading', { name: 'Stop 3 workspaces' }).waitFor();
    for (const name of ['birch', 'cedar', 'beech']) await result(name).getByText('Done').waitFor({ timeout: 60_000 });
    await page.getByText('3 of 3 done').waitFor();
    expect(await page.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('3');
    expect(containersRunning()).toBe(1);
    await page.getByRole('link', { name: 'cedar' }).click();
    await page.getByRole('heading', { name: 'cedar', exact: true }).waitFor();
    await page.locator('main [data-state]', { hasText: 'Stopped' }).first().waitFor();
  });

  it('retries only what failed', async () => {
    await client.workspaces.change.mutate({ workspaceId: idOf('cedar'), image: 'anyon-no-such-image:1' });
    await openList();
    await page.keyboard.press('a');
    await page.getByRole('button', { name: 'Start 3' }).click(); // apple is on
    await page.getByRole('dialog').getByText('One of those chosen is on already').waitFor();
    await page.getByRole('button', { name: 'Start 3 workspaces' }).click();
    await page.waitForURL(/\/batches\//);
    await result('cedar').getByText('Failed').waitFor({ timeout: 120_000 });
    await result('cedar').getByText('anyon-no-such-image:1').waitFor();
    await result('birch').getByText('Done').waitFor({ timeout: 60_000 });
    await result('beech').getByText('Done').waitFor({ timeout: 60_000 });
    await client.workspaces.change.mutate({ workspaceId: idOf('cedar'), image: 'anyon-claude:latest' });
    await page.getByRole('button', { name: 'Retry the 1 that failed' }).click();
    await page.getByRole('heading', { name: 'Start 1 workspace' }).waitFor();
    await result('cedar').getByText('Done').waitFor({ timeout: 60_000 });
    await page.getByRole('link', { name: 'Repeats what had failed before' }).waitFor();
    expect(containersRunning()).toBe(4);
  });

  it('lists the batches of late', async () => {
    await openList();
    await page.getByRole('link', { name: 'Recent batches' }).click();
    const titles = page.getByRole('listitem').getByRole('link');
    await titles.first().waitFor();
    expect(await titles.allInnerTexts()).toEqual(['Start 1 workspace', 'Start 3 workspaces', 'Stop 3 workspaces']);
  });
});

it('hides what is archived until it is asked for', async () => {
  await client.workspaces.archive.mutate({ workspaceId: idOf('birch') });
  await expect.poll(async () => (await client.workspaces.byId.query({ workspaceId: idOf('birch') })).status, { timeout: 30_000 }).toBe('archived');
  await openList();
  await expect.poll(() => rows().count()).toBe(3);
  await page.getByLabel('State').selectOption('archived');
  await expect.poll(() => rows().count()).toBe(1);
  await row('birch').getByText('Archived').waitFor();
});

it('met no error in the console on the whole way', () => {
  expect(scene.person.complaints).toEqual([]);
});
