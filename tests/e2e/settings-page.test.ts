import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { namelessControls, sidewaysOverflow } from '@/tests/e2e/page-checks';
import { openProductOnScreen, type ProductOnScreen } from '@/tests/e2e/product-on-screen';
import { signInAsOwner } from '@/tests/e2e/steps';
import { keepPictureOfFailure, visit } from '@/tests/setup/browser';
import { simulatorAddress } from '@/tests/setup/simulator-address';

/** What a person brings along and administrators decide: accounts, secrets, sign-ins, alerts. The tests follow one another. */
const GATEWAY_TOKEN = 'gateway-token-for-a-test-9f31';
let scene: ProductOnScreen;
let page: Page;

beforeAll(async () => {
  scene = await openProductOnScreen();
  ({ page } = scene);
  await signInAsOwner(page, await scene.product.setupAddress());
});
afterAll(() => scene?.close());
beforeEach(() => keepPictureOfFailure(page));

const openTab = (tab: string) => visit(page, `${scene.product.origin}/settings?tab=${tab}`);
const claude = () => page.getByRole('region', { name: 'Claude', exact: true });

describe('the Claude connection', () => {
  it('takes a gateway, tries it, and says what is wrong in words', async () => {
    await openTab('connections');
    await claude().getByRole('button', { name: 'Connect Claude' }).click();
    const dialog = page.getByRole('dialog', { name: 'Connect Claude' });
    await dialog.getByText('LLM gateway').click();
    await dialog.getByRole('button', { name: 'Try and connect' }).click();
    await dialog.getByLabel('Address').and(page.locator('[aria-invalid=true]')).waitFor();
    await dialog.getByLabel('Address').fill(simulatorAddress(scene.product));
    await dialog.getByLabel('Token').fill('invalid-token-for-a-test');
    await dialog.getByRole('button', { name: 'Try and connect' }).click();
    await dialog.getByRole('alert').waitFor({ timeout: 60_000 });
    await dialog.getByLabel('Token').fill(GATEWAY_TOKEN);
    await dialog.getByRole('button', { name: 'Try and connect' }).click();
    await claude().getByRole('heading', { name: new RegExp(new URL(simulatorAddress(scene.product)).hostname.replaceAll('.', '\\.')) }).waitFor({ timeout: 60_000 });
    await claude().getByText(`…${GATEWAY_TOKEN.slice(-4)}`).waitFor();
    expect(await page.content()).not.toContain(GATEWAY_TOKEN);
    expect(await page.getByText('Simulator in use').count()).toBe(0);
  });

  it('is taken away by a click that says what that means', async () => {
    await claude().getByRole('button', { name: 'Disconnect…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Disconnect', exact: true }).click();
    await claude().getByRole('heading', { name: 'Not connected' }).waitFor();
    await page.getByText('Simulator in use').waitFor();
  });

  it('is made with a subscription by the CLI’s own sign-in, which is followed live and outlives a reload', async () => {
    await claude().getByRole('button', { name: 'Connect Claude' }).click();
    await page.getByRole('dialog', { name: 'Connect Claude' }).getByRole('button', { name: 'Start sign-in' }).click();
    const dialog = page.getByRole('dialog', { name: 'Sign in with your Claude subscription' });
    const link = dialog.getByRole('link', { name: 'Open Claude’s page' });
    await link.waitFor({ timeout: 60_000 });
    const address = new URL((await link.getAttribute('href')) ?? '');
    expect(address.protocol).toBe('https:');
    expect(address.searchParams.get('state')).toBeTruthy();
    expect(await namelessControls(page)).toEqual([]);

    await page.reload();
    await link.waitFor();
    expect(await link.getAttribute('href')).toBe(address.href);
    await dialog.getByRole('button', { name: 'Close for now' }).click();
    await claude().getByText('It waits for you to approve it').waitFor();
    await claude().getByRole('button', { name: 'Go on with it' }).click();
    await dialog.getByLabel('2. Paste the code that the page shows').fill('too short');
    await dialog.getByRole('button', { name: 'Connect', exact: true }).click();
    await dialog.getByText('Paste the whole code').waitFor();
    await dialog.getByRole('button', { name: 'Cancel sign-in' }).click();
    await dialog.getByText('The sign-in was cancelled. Nothing was stored.').waitFor();
    await page.keyboard.press('Escape');
    await claude().getByRole('heading', { name: 'Not connected' }).waitFor();
  });
});

describe('a person’s secrets', () => {
  const row = () => page.getByRole('listitem').filter({ hasText: 'NPM_TOKEN' });

  it('are added, replaced and deleted, and never shown', async () => {
    await openTab('secrets');
    await page.getByRole('button', { name: 'Add secret' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('npm token');
    await dialog.getByLabel('Value').fill('short');
    await dialog.getByRole('button', { name: 'Add secret' }).click();
    await dialog.getByText('A name has up to 64 capital letters').waitFor();
    await dialog.getByText('A secret has at least 8 bytes').waitFor();
    await dialog.getByLabel('Name').fill('NPM_TOKEN');
    await dialog.getByLabel('Value').fill('first-value-of-the-secret-a1b2');
    await dialog.getByRole('button', { name: 'Add secret' }).click();
    await row().getByText('ends in a1b2').waitFor();

    await row().getByRole('button', { name: 'Replace NPM_TOKEN' }).click();
    await dialog.getByLabel('Value').fill('second-value-of-the-secret-c3d4');
    await dialog.getByRole('button', { name: 'Replace value' }).click();
    await row().getByText('ends in c3d4').waitFor();
    await row().getByText('Version 2').waitFor();
    expect(await page.content()).not.toMatch(/(first|second)-value-of-the-secret/);

    await row().getByRole('button', { name: 'Delete NPM_TOKEN' }).click();
    await dialog.getByRole('button', { name: 'Delete it' }).click();
    await page.getByRole('heading', { name: 'No secrets' }).waitFor();
  });
});

describe('what administrators decide', () => {
  it('alert channels say in words what does not work', async () => {
    await openTab('alerts');
    const card = page.getByRole('region', { name: 'Channels' });
    await card.getByRole('button', { name: /Set up/ }).first().click();
    const dialog = page.getByRole('dialog', { name: 'Slack alerts' });
    await dialog.getByLabel('Address of the webhook').fill('https://127.0.0.1:9/services/test');
    await dialog.getByRole('button', { name: /Save/ }).click();
    await card.getByRole('button', { name: /Test/ }).first().click();
    await card.getByText('127.0.0.1 has an address that Anyon never calls').waitFor({ timeout: 30_000 });
  });

  it('the audit log tells who did what, and never a value', async () => {
    await openTab('audit');
    await page.getByText('NPM_TOKEN').first().waitFor();
    expect(await page.content()).not.toMatch(/value-of-the-secret|gateway-token/);
  });

  it('every tab fits a phone and names its controls', async () => {
    await page.setViewportSize({ width: 390, height: 800 });
    for (const tab of ['connections', 'secrets', 'tokens', 'profile', 'people', 'alerts', 'audit']) {
      await openTab(tab);
      await page.getByRole('heading', { name: 'Settings' }).waitFor();
      await page.waitForTimeout(500);
      expect({ tab, ...(await sidewaysOverflow(page)) }).toEqual({ tab, pixels: 0, by: [] });
      expect({ tab, nameless: await namelessControls(page) }).toEqual({ tab, nameless: [] });
    }
    await page.setViewportSize({ width: 1280, height: 800 });
    expect(scene.person.complaints.filter((complaint) => !/status of (4|5)\d\d/.test(complaint))).toEqual([]);
  });
});

describe('signing out everywhere', () => {
  it('ends this browser and every other, and leaves nothing typed in this one', async () => {
    const other = await scene.chromium.person();
    await signInAsOwner(other.page, await scene.product.setupAddress());
    await openTab('profile');
    await page.evaluate(() => localStorage.setItem('anyon.draft.owner.new-run', 'Words for nobody else')); // this product has no workspace to type it in
    await page.getByRole('button', { name: 'Sign out everywhere' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere' }).click();
    await page.waitForURL('**/sign-in');
    expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain('Words for nobody else');
    await other.page.getByText(/signed out|sign-in has ended|Sign in again/i).first().waitFor({ timeout: 15_000 });
  });
});
