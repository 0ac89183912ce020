import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openProductOnScreen, type ProductOnScreen } from '@/tests/e2e/product-on-screen';
import { signInAsOwner } from '@/tests/e2e/steps';
import { keepPictureOfFailure, visit } from '@/tests/setup/browser';
import { layNextRelease, type NextRelease } from '@/tests/setup/next-release';

/** Tabs that are open while `npm run up` brings a newer release. */
const PATIENCE_MS = 60_000;
let scene: ProductOnScreen;
let release: NextRelease;

beforeAll(async () => {
  scene = await openProductOnScreen();
  release = layNextRelease();
  await signInAsOwner(scene.page, await scene.product.setupAddress());
});
afterAll(async () => {
  await scene?.close();
  release?.remove();
});

/** A tab, and how often it was loaded since it was opened. */
interface Tab {
  page: Page;
  loads(): number;
}

async function openTab(place: string): Promise<Tab> {
  const page = await scene.person.context.newPage();
  keepPictureOfFailure(page);
  const heard = page.waitForResponse((answer) => answer.url().includes('/api/trpc/streams.follow'));
  await visit(page, scene.product.origin + place);
  await Promise.all([heard, page.getByRole('heading', { level: 1 }).waitFor()]);
  let loads = 0;
  page.on('load', () => (loads += 1));
  return { page, loads: () => loads };
}

const notice = ({ page }: Tab) => page.getByRole('status').filter({ hasText: 'A newer Anyon is running.' });

it('REL-22 tabs come back by themselves where nobody loses anything; elsewhere all stays, and a notice says so', async () => {
  const idle = await openTab('/system');
  const typing = await openTab('/settings?tab=people');
  const login = typing.page.getByLabel('GitHub login or numeric id');
  await login.fill('somebody-new');
  await typing.page.getByRole('heading', { level: 1 }).click();
  const shown = await openTab('/settings?tab=tokens');
  await shown.page.getByRole('button', { name: 'Create token' }).first().click();
  await shown.page.getByRole('textbox', { name: 'Name' }).fill('Nightly checks');
  await shown.page.getByRole('dialog').getByRole('button', { name: 'Create token' }).click();
  const value = (await shown.page.getByLabel('Value of Nightly checks').textContent()) ?? '';
  expect(await notice(idle).count()).toBe(0);

  await scene.product.up({}, release.upScript);

  await idle.page.bringToFront();
  await expect.poll(idle.loads, { timeout: PATIENCE_MS }).toBe(1);
  await idle.page.getByRole('heading', { name: 'Checks' }).waitFor();
  for (const tab of [typing, shown]) await notice(tab).waitFor({ timeout: PATIENCE_MS });
  expect(await login.inputValue()).toBe('somebody-new');
  expect(await shown.page.getByLabel('Value of Nightly checks').textContent()).toBe(value);
  const answer = await fetch(`${scene.product.origin}/api/v1/me`, { headers: { authorization: `Bearer ${value}` } });
  expect(answer.status).toBe(200);
  expect([typing.loads(), shown.loads()]).toEqual([0, 0]);

  await shown.page.getByRole('button', { name: 'I have copied it' }).click(); // now nobody loses anything there either
  await expect.poll(shown.loads, { timeout: PATIENCE_MS }).toBe(1);
  await shown.page.getByText('Nightly checks').waitFor();
  await notice(typing).getByRole('button', { name: 'Reload' }).click();
  await expect.poll(typing.loads, { timeout: PATIENCE_MS }).toBe(1);
  await login.waitFor();
  for (const tab of [idle, typing, shown]) expect({ loads: tab.loads(), notices: await notice(tab).count() }).toEqual({ loads: 1, notices: 0 });
});
