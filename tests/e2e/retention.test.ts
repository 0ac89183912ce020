import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runLogUrl } from '@/components/logs/run-log-range';
import { namelessControls, sidewaysOverflow } from '@/tests/e2e/page-checks';
import { openProductOnScreen, type ProductOnScreen } from '@/tests/e2e/product-on-screen';
import { startRun, state } from '@/tests/e2e/steps';
import { keepPictureOfFailure, visit } from '@/tests/setup/browser';
import { openProductDatabase } from '@/tests/setup/product-database';

/** An administrator says how long logs are kept, sees what goes, lets it go; and the run says so. In this order. */
const PATIENCE_MS = 30_000;
let scene: ProductOnScreen;
let page: Page;
/** Page of a run that ended long ago. */
let run: string;

beforeAll(async () => {
  scene = await openProductOnScreen();
  ({ page } = scene);
  const workspace = await scene.enterGarden('garden');
  const id = await startRun(page, 'Water the beds\n[[sim:bash cmd="seq 40"]][[sim:write path=src/paths.js content="export const paths = 3;\\n"]][[sim:text text="The beds are watered."]]');
  await state(page, 'Succeeded').waitFor({ timeout: 90_000 });
  run = `${scene.product.origin}/workspaces/${workspace}/runs/${id}`;
  const { sql, close } = openProductDatabase(scene.product.dataDir);
  await sql`update runs set finished_at = now() - interval '80 days' where id = ${id}`;
  await close();
});
afterAll(() => scene?.close());
beforeEach(() => keepPictureOfFailure(page));

const openRules = () => visit(page, `${scene.product.origin}/system?tab=retention`);
const card = (title: string) => page.getByRole('listitem', { name: title });
const dialog = () => page.getByRole('dialog');

/** Sets the days of a rule; `effect` is what the dialog says of it before it is saved. */
async function keepFor(title: string, days: string, effect: RegExp): Promise<void> {
  await page.getByRole('button', { name: `Change the rule: ${title}` }).click();
  await dialog().getByLabel('Keep for (days)').fill(days);
  await dialog().getByText(effect).waitFor();
  await dialog().getByRole('button', { name: 'Save' }).click();
  await dialog().waitFor({ state: 'detached' });
}

async function applyNow(title: string): Promise<void> {
  await page.getByRole('button', { name: `Apply now: ${title}` }).click();
  await dialog().getByText('nobody can bring them back').waitFor();
  await dialog().getByRole('button', { name: 'Apply now' }).click();
  await dialog().waitFor({ state: 'detached' });
  await expect.poll(async () => {
    await openRules();
    await page.getByRole('heading', { name: 'What went' }).waitFor();
    await card(title).waitFor();
    return page.getByRole('region', { name: 'What went' }).getByText(title).count();
  }, { timeout: PATIENCE_MS, interval: 500 }).toBe(1);
}

describe('retention', () => {
  it('refuses a rule that would be missed, and tells of a new one what would go before it is saved', async () => {
    await openRules();
    await card('Logs of runs').getByText('Kept for 90 days').waitFor();
    expect(await card('Logs of runs').getByText('Nothing', { exact: true }).count()).toBe(1);
    await page.getByRole('button', { name: 'Change the rule: Audit log' }).click();
    await dialog().getByLabel('Keep for (days)').fill('3');
    await dialog().getByText('At least 30 days.').waitFor();
    expect(await dialog().getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
    await page.keyboard.press('Escape');
    await keepFor('Logs of runs', '60', /^Would go: 1 log, /);
    await card('Logs of runs').getByText('Kept for 60 days').waitFor();
    await card('Logs of runs').getByText(/^waits, because the rule is new: in 23h 5\dm$/).waitFor();
  });

  it('leaves alone what somebody keeps', async () => {
    await visit(page, run);
    await page.getByRole('button', { name: /^Keep this conversation/ }).click();
    await page.getByRole('button', { name: /^Keep this conversation/, pressed: true }).waitFor();
    await openRules();
    await card('Logs of runs').getByText(/^1 left alone/).waitFor();
    expect(await card('Logs of runs').getByText('Nothing', { exact: true }).count()).toBe(1);
    await visit(page, run);
    await page.getByRole('button', { name: /^Keep this conversation/, pressed: true }).click();
    await page.getByRole('button', { name: /^Keep this conversation/, pressed: false }).waitFor();
  });

  it('shows what goes, and lets it go when told to; the run says since when and by which rule', async () => {
    await openRules();
    await card('Logs of runs').getByText('Show what goes').click();
    const going = card('Logs of runs').getByRole('link', { name: /Water the beds/ });
    expect(new URL((await going.getAttribute('href')) ?? '', run).href).toBe(run);
    await applyNow('Logs of runs');
    await visit(page, run);
    await page.getByRole('tab', { name: 'Log', exact: true }).click();
    await page.getByText(/^The log was removed on .* by the rule: older than 60 days\.$/).waitFor();
    expect((await page.request.get(scene.product.origin + runLogUrl(run.split('/').at(-1) ?? '', 'out'))).status()).toBe(410);
    expect(await page.getByRole('link', { name: /Download the log/ }).count()).toBe(0);
    await page.getByTestId('done-card').getByText('The beds are watered.').waitFor();
  });

  it('says of a conversation that went what is left of it', async () => {
    await openRules();
    await keepFor('Conversations and diffs', '60', /^Would go: 1 conversation, /);
    await applyNow('Conversations and diffs');
    await visit(page, run);
    await page.getByText(/^What was said in this run was removed on/).waitFor();
    await page.getByTestId('done-card').getByText('The beds are watered.').waitFor();
    await page.getByRole('tab', { name: /^Changes/ }).click();
    await page.getByText(/^The diff was removed on/).waitFor();
    await page.getByText('src/paths.js', { exact: true }).waitFor();
  });

  it('fits a phone, and all that can be pressed has a name', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const address of [run, `${scene.product.origin}/system?tab=retention`]) {
      await visit(page, address);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await expect.poll(() => page.locator('#content span.animate-pulse').count(), { timeout: PATIENCE_MS }).toBe(0);
      expect({ address, ...(await sidewaysOverflow(page)) }).toEqual({ address, pixels: 0, by: [] });
      expect({ address, nameless: await namelessControls(page) }).toEqual({ address, nameless: [] });
    }
    expect(scene.person.complaints).toEqual([]);
  });
});
