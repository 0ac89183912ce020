import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openProductOnScreen, type ProductOnScreen } from '@/tests/e2e/product-on-screen';
import { fillWorkspaceForm, logState, signInAsOwner, state } from '@/tests/e2e/steps';
import { keepPictureOfFailure, visit } from '@/tests/setup/browser';

/** A newcomer's first minutes, in one browser and in this order. */
let scene: ProductOnScreen;
let page: Page;
let address: string;

beforeAll(async () => {
  scene = await openProductOnScreen();
  ({ page } = scene);
  address = await scene.product.setupAddress();
});

afterAll(() => scene?.close());

beforeEach(() => keepPictureOfFailure(page));

it('lets nobody in without the address', async () => {
  await visit(page, `${scene.product.origin}/workspaces`);
  await page.waitForURL('**/sign-in');
  await page.getByText('npm run up').waitFor();
});

it('signs the owner in by the address, which shows an empty house and says that the simulator answers', async () => {
  await signInAsOwner(page, address);
  await page.getByRole('heading', { name: 'No workspaces yet' }).waitFor();
  await page.getByText('answers come from the built-in simulator').waitFor();
});

it('signs nobody in by the same address a second time, and says so', async () => {
  const other = await scene.chromium.person();
  await visit(other.page, address);
  await other.page.getByRole('button', { name: 'Sign in as the owner' }).click();
  await other.page.getByText('This sign-in link was used already; each works once.').waitFor();
  await visit(other.page, `${scene.product.origin}/workspaces`);
  await other.page.waitForURL('**/sign-in');
  await other.context.close();
});

it('finds everything in order in the system check', async () => {
  await page.getByRole('link', { name: 'System' }).click();
  await page.getByText('Docker Engine').waitFor();
  expect(await page.getByRole('img', { name: 'In order', exact: true }).count()).toBeGreaterThanOrEqual(5);
  expect(await page.getByRole('img', { name: 'Not in order' }).count()).toBe(0);
  await page.getByRole('link', { name: 'Workspaces' }).click();
});

it('makes a workspace and shows its start step by step with seconds', async () => {
  const steps = page.getByRole('list', { name: 'Start-up' });
  const seen = Promise.all([
    steps.getByText('Clone the repository').waitFor(),
    steps.getByRole('listitem').filter({ hasText: /\d+s$/ }).first().waitFor(),
  ]);
  await fillWorkspaceForm(page, { repository: scene.repositories.url('garden') });
  await seen;
  await state(page, 'Running').waitFor({ timeout: 60_000 });
  await page.getByRole('heading', { name: 'garden', exact: true }).waitFor();
});

it('keeps what is typed while the list of runs is still on its way', async () => {
  const mayGoOn = Promise.withResolvers<void>();
  await page.route(/runs\.list/, async (route) => {
    await mayGoOn.promise;
    await route.continue();
  });
  await visit(page, page.url());
  const box = page.getByLabel('What should Claude do?');
  await box.fill('Plan the beds');
  mayGoOn.resolve();
  await page.getByRole('heading', { name: 'Nothing asked yet' }).waitFor();
  expect(await box.inputValue()).toBe('Plan the beds');
  await page.unroute(/runs\.list/);
  await visit(page, page.url());
  await page.getByRole('heading', { name: 'Nothing asked yet' }).waitFor();
  expect(await box.inputValue()).toBe('Plan the beds');
  await box.fill(''); // who leaves nothing behind finds the example again
  await visit(page, page.url());
  await page.getByRole('heading', { name: 'Nothing asked yet' }).waitFor();
});

it('starts the example as it stands and shows it live', async () => {
  expect(await page.getByLabel('What should Claude do?').inputValue()).toContain('NOTES.md');
  await page.getByRole('button', { name: 'Start run' }).click();
  await page.waitForURL(/\/runs\//);
  await logState(page, 'live').waitFor();
  await page.getByRole('region', { name: 'Run output' }).getByText('I am the simulator that is built into Anyon').waitFor();
});

it('ends with a card that says what came of it', async () => {
  await state(page, 'Succeeded').waitFor({ timeout: 60_000 });
  await logState(page, 'ended').waitFor();
  const card = page.getByTestId('done-card');
  expect(await card.innerText()).toMatch(/Succeeded[\s\S]*\d+s[\s\S]*1 file/);
  await card.getByText('Done, as far as a simulator can').waitFor();
});

it('shows the diff, and the download is the whole log', async () => {
  await page.getByRole('tab', { name: /^Changes/ }).click();
  await page.getByRole('heading', { name: 'NOTES.md', exact: true }).waitFor();
  await page.getByText('Written by the simulator that is built into Anyon, not by Claude.').first().waitFor();
  await page.getByRole('tab', { name: 'Log' }).click();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Download the whole log' }).click()]);
  const runId = /runs\/([0-9a-f-]{36})/.exec(page.url())?.[1];
  const log = readFileSync(`${scene.product.dataDir}/runs/${runId}/out.log`);
  expect(log.length).toBeGreaterThan(1000);
  expect(readFileSync(await download.path()).equals(log)).toBe(true);
});

it('signs out for good: pages lead to the sign-in, the API refuses, and nothing typed stays in the browser', async () => {
  await page.getByRole('link', { name: 'garden' }).first().click();
  await page.getByLabel('What should Claude do?').fill('Words for nobody else');
  const remembered = () => page.evaluate(() => JSON.stringify(localStorage));
  expect(await remembered()).toContain('Words for nobody else');
  await page.getByRole('button', { name: 'owner' }).click();
  await page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
  await page.waitForURL('**/sign-in');
  expect(await remembered()).not.toContain('Words for nobody else');
  await visit(page, `${scene.product.origin}/workspaces`);
  await page.waitForURL('**/sign-in');
  expect((await page.request.get(`${scene.product.origin}/api/trpc/workspaces.list`)).status()).toBe(401);
});

it('met no error in the console on the whole way', () => {
  expect(scene.person.complaints).toEqual([]);
});
