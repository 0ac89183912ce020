import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { namelessControls, sidewaysOverflow } from '@/tests/e2e/page-checks';
import { openProductOnScreen, type ProductOnScreen } from '@/tests/e2e/product-on-screen';
import { signInAsOwner, startRun, state } from '@/tests/e2e/steps';
import { keepPictureOfFailure, visit } from '@/tests/setup/browser';

/** Reading what a run has changed and answering it line by line. The tests follow one another. */
let scene: ProductOnScreen;
let page: Page;

const prompt = [
  'Plan the garden.',
  `[[sim:bash cmd="printf 'export const beds = [%s];\\nexport const rows = 12; // of each\\n' \\"'tomatoes', 'peas'\\" > src/beds.js"]]`,
  '[[sim:write path=docs/plan.md content="# Plan\\n\\nPeas first.\\n"]]',
  '[[sim:bash cmd="seq 1 4000 > numbers.txt; head -c 3000 /dev/zero > picture.bin"]]',
  '[[sim:text text="The garden is planned."]]',
].join(' ');

beforeAll(async () => {
  scene = await openProductOnScreen();
  ({ page } = scene);
  await scene.enterGarden();
  await startRun(page, prompt);
  await state(page, 'Succeeded').waitFor({ timeout: 90_000 });
});

afterAll(() => scene?.close());

beforeEach(() => keepPictureOfFailure(page));

const file = (name: string): Locator => page.getByRole('region', { name, exact: true });
const files = () => page.getByRole('navigation', { name: 'Changed files' });

describe('the changes of a run', () => {
  it('are shown as a tree and as coloured lines, below or beside what was there before', async () => {
    await page.getByRole('tab', { name: /^Changes/ }).click();
    await files().getByRole('link').first().waitFor();
    const names = await files().getByRole('link').evaluateAll((links) => links.map((link) => link.querySelector('[title]')?.getAttribute('title')));
    expect(names.toSorted()).toEqual(['docs/plan.md', 'numbers.txt', 'picture.bin', 'src/beds.js']);
    await file('src/beds.js').locator('.token.keyword').first().waitFor();
    await file('src/beds.js').getByText('rows = 12').waitFor();
    expect(await file('src/beds.js').locator('table.diff-unified').count()).toBe(1);
    await page.getByRole('radio', { name: 'Split' }).click();
    await file('src/beds.js').locator('table.diff-split').waitFor();
    await file('src/beds.js').locator('.token.keyword').first().waitFor();
    await page.reload();
    await file('src/beds.js').locator('table.diff-split').waitFor();
    await page.getByRole('radio', { name: 'Unified' }).click();
    await file('src/beds.js').locator('table.diff-unified').waitFor();
    expect(await namelessControls(page)).toEqual([]);
  });

  it('says of a large file that it is one, and of a binary file what it is', async () => {
    await file('numbers.txt').getByText(/^4,0\d\d changed and surrounding lines/).waitFor();
    await file('picture.bin').getByText(/^A binary file/).waitFor();
    await file('numbers.txt').getByRole('button', { name: 'Show it anyway' }).click();
    await file('numbers.txt').getByText('3999', { exact: true }).first().waitFor();
    await file('numbers.txt').getByRole('checkbox', { name: 'Viewed' }).check();
    await file('numbers.txt').getByText('3999', { exact: true }).first().waitFor({ state: 'hidden' });
    await files().getByLabel('viewed').waitFor();
  });

  it('put one file back on request', async () => {
    await page.getByRole('button', { name: 'Put docs/plan.md back' }).click();
    const dialog = page.getByRole('dialog', { name: 'Put this file back?' });
    await dialog.getByText(': it is removed').waitFor();
    await dialog.getByRole('button', { name: 'Put it back' }).click();
    await dialog.getByText('The file is what it was when this run began').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await dialog.waitFor({ state: 'hidden' });
  });
});

describe('a comment on a line', () => {
  it('is kept over a reload and goes to Claude as the next prompt of the conversation', async () => {
    const beds = file('src/beds.js');
    await beds.getByRole('button', { name: 'Comment on line 2', exact: true }).click();
    await beds.getByLabel('Comment on line 2 of src/beds.js').fill('Ten rows are enough.\n[[sim:write path=second.txt content="ten\\n"]]');
    await beds.getByRole('button', { name: 'Add comment' }).click();
    await beds.getByText('not sent yet').waitFor();
    await page.reload();
    await beds.getByRole('article').getByText('Ten rows are enough.').waitFor();
    await page.getByText('1 comment not sent yet').waitFor();
    await page.getByRole('button', { name: 'Send to Claude' }).click();
    const dialog = page.getByRole('dialog', { name: 'Send 1 comment to Claude' });
    await dialog.getByLabel('A few words first').fill('Thank you, nearly there.');
    const before = page.url();
    await dialog.getByRole('button', { name: 'Send to Claude' }).click();
    await page.waitForURL((url) => url.href !== before && /\/runs\/[0-9a-f-]{36}$/.test(url.pathname), { timeout: 60_000 });
    const asked = page.getByTestId('conversation').getByText(/Thank you, nearly there\.[\s\S]*src\/beds\.js`, line 2:[\s\S]*Ten rows are enough\./);
    await asked.waitFor();
    await state(page, 'Succeeded').waitFor({ timeout: 90_000 });
  });

  it('leads to a second run, whose changes are its own or those of the whole conversation', async () => {
    await page.getByRole('tab', { name: /^Changes/ }).click();
    await file('second.txt').waitFor();
    expect(await file('src/beds.js').count()).toBe(0);
    await page.getByRole('radio', { name: 'Conversation' }).click();
    await file('src/beds.js').waitFor();
    await file('second.txt').waitFor();
    expect(await file('docs/plan.md').count()).toBe(0); // it was put back
    expect(await sidewaysOverflow(page)).toEqual({ pixels: 0, by: [] });
  });
});

describe('on a phone', () => {
  it('the changes fit the screen, in one column', async () => {
    const viewer = await scene.chromium.person({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme: 'dark' });
    keepPictureOfFailure(viewer.page);
    await signInAsOwner(viewer.page, await scene.product.setupAddress());
    await visit(viewer.page, page.url());
    await viewer.page.getByRole('tab', { name: /^Changes/ }).click();
    await viewer.page.getByRole('region', { name: 'second.txt', exact: true }).waitFor();
    expect(await viewer.page.getByRole('radio', { name: 'Split' }).count()).toBe(0);
    expect(await sidewaysOverflow(viewer.page)).toEqual({ pixels: 0, by: [] });
    expect(await namelessControls(viewer.page)).toEqual([]);
    expect(viewer.complaints).toEqual([]);
    await viewer.context.close();
  });

  it('met no error in the console on the whole way', () => {
    expect(scene.person.complaints).toEqual([]);
  });
});
