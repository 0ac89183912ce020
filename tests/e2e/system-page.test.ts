import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openProductOnScreen, type ProductOnScreen } from '@/tests/e2e/product-on-screen';
import { signInAsOwner } from '@/tests/e2e/steps';
import { keepPictureOfFailure, visit } from '@/tests/setup/browser';

/** What an administrator does for everybody: looks how full the machine is, puts differences right, prepares templates and exceptions. */
let scene: ProductOnScreen;
let page: Page;

beforeAll(async () => {
  scene = await openProductOnScreen();
  ({ page } = scene);
  await signInAsOwner(page, await scene.product.setupAddress());
});

afterAll(() => scene?.close());

beforeEach(() => keepPictureOfFailure(page));

const openTab = (tab: string) => visit(page, `${scene.product.origin}/system?tab=${tab}`);

function docker(...args: string[]): string {
  return execFileSync('docker', args, { encoding: 'utf8' }).trim();
}

it('tells how full the machine is, as bars with words', async () => {
  await visit(page, `${scene.product.origin}/system`);
  await page.getByRole('heading', { name: 'Memory' }).waitFor();
  for (const words of [/^Kept free/, /^Counted for workspaces/, /^Free to give/]) await page.getByText(words).first().waitFor();
  await page.getByText('Nothing waits.').waitFor();
});

it('says of its own ports and database that they are in order', async () => {
  for (const [name, words] of [['Ports', `Anyon listens on 127.0.0.1:${new URL(scene.product.origin).port}.`], ['Database', 'Answers']] as const) {
    const line = page.getByRole('listitem').filter({ has: page.getByText(name, { exact: true }) });
    await line.getByText(words).waitFor();
    await line.getByRole('img', { name: 'In order' }).waitFor();
  }
});

it('shows differences in a dry run and touches nothing; puts them right when asked, and leaves alone what is not ours', async () => {
  const { client } = await scene.product.signIn();
  const { id } = await client.workspaces.create.mutate({ repositoryUrl: 'http://127.0.0.1:9/none.git' });
  await client.workspaces.delete.mutate({ workspaceId: id });
  await expect.poll(async () => (await client.workspaces.list.query()).length, { timeout: 60_000 }).toBe(0);
  const labels = [`anyon.instance=${scene.product.instance}`, `anyon.workspace=${randomUUID()}`].flatMap((label) => ['--label', label]);
  const container = docker('create', '--name', `anyon-${scene.product.instance}-stranger`, ...labels, 'anyon-claude:latest');
  const isThere = () => docker('ps', '--all', '--quiet', '--no-trunc', '--filter', `id=${container}`) === container;

  await openTab('differences');
  await page.getByRole('button', { name: 'Dry run' }).click();
  const report = page.getByTestId('reconcile-report');
  const row = report.getByRole('row').filter({ hasText: `anyon-${scene.product.instance}-stranger` });
  await row.getByText('this database never had its workspace').waitFor();
  await report.getByText('Dry run: nothing was changed.').waitFor();
  expect(isThere()).toBe(true);

  const labelsOfDeleted = ['--label', `anyon.instance=${scene.product.instance}`, '--label', `anyon.workspace=${id}`];
  const leftOver = docker('network', 'create', '--subnet', '198.18.77.0/28', ...labelsOfDeleted, `${scene.product.instance}-network-left-behind`);
  await page.getByRole('button', { name: 'Put right now' }).click();
  await page.getByRole('dialog').getByText('Everything is looked at').waitFor();
  await page.getByRole('button', { name: 'Put it right' }).click();
  await report.getByText('Dry run: nothing was changed.').waitFor({ state: 'detached' });
  await row.getByText('Left').waitFor();
  expect([isThere(), docker('network', 'ls', '--quiet', '--no-trunc', '--filter', `id=${leftOver}`)]).toEqual([true, '']);
  docker('rm', container);
});

it('makes a template, which a new workspace can begin with', async () => {
  await openTab('templates');
  await page.getByRole('button', { name: 'New template' }).first().click();
  const form = page.getByRole('dialog', { name: 'New template' });
  await form.getByRole('button', { name: 'Create template' }).click();
  await form.getByRole('alert').first().waitFor();
  await form.getByLabel('Name', { exact: true }).fill('Small and quiet');
  await form.getByLabel('Memory').selectOption('1');
  await form.getByText('Nothing', { exact: true }).click();
  await form.getByRole('button', { name: 'Create template' }).click();
  await page.getByText('1 GiB, 2 cores · network: nothing').waitFor();
  await visit(page, `${scene.product.origin}/workspaces`);
  await page.getByRole('button', { name: 'New workspace' }).click();
  const create = page.getByRole('dialog', { name: 'New workspace' });
  await create.getByLabel('Template').selectOption('Small and quiet');
  expect(await create.getByLabel('Memory').inputValue()).toBe('1');
  await create.getByText(/more of this size could work at once/).waitFor();
});

it('allows a private destination to everybody and takes it back', async () => {
  await openTab('network');
  const form = page.getByRole('form', { name: 'Add a private destination' });
  await form.getByLabel('Host or address').fill('http://wrong/');
  await form.getByRole('button', { name: 'Allow' }).click();
  await form.getByRole('alert').filter({ hasText: 'without http://' }).waitFor();
  await form.getByLabel('Host or address').fill('mirror.internal');
  await form.getByLabel('Port').fill('4873');
  await form.getByLabel('What for').fill('npm mirror');
  await form.getByRole('button', { name: 'Allow' }).click();
  const entry = page.getByRole('listitem').filter({ hasText: 'mirror.internal:4873' });
  await entry.getByText('by owner').waitFor();
  await entry.getByRole('button', { name: 'Remove mirror.internal:4873' }).click();
  await page.getByRole('button', { name: 'Remove it' }).click();
  await page.getByRole('heading', { name: 'No exceptions' }).waitFor();
});

it('met no error in the console on the whole way', () => {
  expect(scene.person.complaints).toEqual([]);
});
