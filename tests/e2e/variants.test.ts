import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { enoughLines } from '@/tests/e2e/numbered-lines';
import { namelessControls, sidewaysOverflow } from '@/tests/e2e/page-checks';
import { openProductOnScreen, type ProductOnScreen } from '@/tests/e2e/product-on-screen';
import { seriousViolations, settled } from '@/tests/e2e/serious-violations';
import { keepPictureOfFailure, visit } from '@/tests/setup/browser';

/** One prompt, tried by three models at once, compared and chosen from. In this order. */
const PROMPT = [
  'Plan the beds anew.',
  `[[sim:edit for=haiku path=src/beds.js old="'beans'" new="'beans', 'peas'"]] [[sim:text for=haiku text="I added **peas** to the beds."]]`,
  `[[sim:edit for=sonnet path=src/beds.js old="'beans'" new="'leeks'"]] [[sim:write for=sonnet path=PLAN.md content="Two beds, five rows.\\n"]] [[sim:text for=sonnet text="Leeks instead of beans, and a plan."]]`,
  '[[sim:bash for=opus cmd="until [ -e /workspace/enough ]; do sleep 0.2; done; rm /workspace/enough"]] [[sim:text for=opus text="I left them alone."]]',
].join('\n');
const CHECK = 'echo looking at the beds\ngrep -q beans src/beds.js || { echo "the beans are gone"; exit 3; }';
const PATIENCE_MS = 60_000;

let scene: ProductOnScreen;
let page: Page;
let workspaceId: string;
let address: string;

beforeAll(async () => {
  scene = await openProductOnScreen();
  ({ page } = scene);
  workspaceId = await scene.enterGarden('garden');
});

afterAll(() => scene?.close());

beforeEach(() => keepPictureOfFailure(page));

const variant = (number: number, on = page): Locator => on.getByRole('article', { name: `Variant ${number}` });
const change = (file: string, number: number): Locator => page.getByRole('region', { name: file }).getByRole('group', { name: `Variant ${number}` });

async function shows(number: number, ...words: (string | RegExp)[]): Promise<void> {
  for (const word of words) await variant(number).getByText(word).first().waitFor({ timeout: PATIENCE_MS });
}

describe('three variants of one prompt', () => {
  it('begin in the dialog, with a check and a model each, and are live beside each other', async () => {
    await page.keyboard.press('n');
    const dialog = page.getByRole('dialog', { name: 'New run' });
    await dialog.getByLabel('What should Claude do?').fill(PROMPT);
    await dialog.getByRole('radio', { name: '3', exact: true }).check();
    await dialog.getByRole('textbox', { name: /^Check/ }).fill(CHECK);
    for (const [index, model] of ['haiku', 'sonnet', 'opus'].entries()) await dialog.getByLabel(`Model of variant ${index + 1}`).fill(model);
    await dialog.getByLabel('At most, minutes').fill('0');
    await dialog.getByRole('button', { name: 'Start 3 variants' }).click();
    await dialog.getByText('a whole number of minutes from 1 to 60').waitFor();
    await dialog.getByLabel('At most, minutes').fill('5');
    await dialog.getByRole('button', { name: 'Start 3 variants' }).click();
    await page.waitForURL('**/variants/*');
    address = page.url();
    await page.getByRole('heading', { level: 1, name: 'Plan the beds anew.' }).waitFor();
    await shows(1, 'Succeeded', 'I added peas to the beds.', 'Check passed', /haiku/);
    await shows(2, 'Succeeded', 'Leeks instead of beans, and a plan.', 'Check failed', 'exit code 3', /sonnet/);
    await shows(3, 'Running', 'Check waits', 'It begins when the run has succeeded.');
    expect(await variant(3).getByRole('button', { name: 'Choose' }).isDisabled()).toBe(true);
  });

  it('say what their check said, and show what each has changed beside the others', async () => {
    await variant(2).getByRole('button', { name: 'Output' }).click();
    expect((await page.getByLabel('What the check of variant 2 said').innerText()).trim()).toBe('looking at the beds\nthe beans are gone');
    await change('src/beds.js', 1).getByText("'beans', 'peas'").waitFor({ timeout: PATIENCE_MS });
    await change('src/beds.js', 2).getByText("'leeks'").waitFor({ timeout: PATIENCE_MS });
    await change('PLAN.md', 1).getByText('Not changed.').waitFor();
    await change('PLAN.md', 2).getByText('Two beds, five rows.').waitFor();
    const [left, right] = [await change('src/beds.js', 1).boundingBox(), await change('src/beds.js', 2).boundingBox()];
    expect([left?.y, (left?.x ?? 0) + (left?.width ?? 0) <= (right?.x ?? 0)]).toEqual([right?.y, true]);
    await page.getByLabel('Show the changes of variant 2').uncheck();
    await page.getByRole('region', { name: 'PLAN.md' }).waitFor({ state: 'detached' });
    await page.getByLabel('Show the changes of variant 2').check();
  });

  it('stand together on the board while they work, and in what is found of them', async () => {
    const other = await scene.person.context.newPage();
    keepPictureOfFailure(other);
    await visit(other, `${scene.product.origin}/`);
    await other.getByRole('link', { name: 'Compare' }).first().click();
    await other.waitForURL(address);
    await other.close();
  });

  it('are chosen from: what still works is stopped when told so, the others are archived and leave board and list', async () => {
    await variant(1).getByRole('button', { name: 'Choose' }).click();
    const dialog = page.getByRole('dialog', { name: 'Choose variant 1?' });
    await dialog.getByText('Variant 3 still works and is stopped.').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    enoughLines(scene.product.dataDir, workspaceId);
    await shows(3, 'Succeeded', 'Check passed');
    await variant(1).getByRole('button', { name: 'Choose' }).click();
    await dialog.getByRole('button', { name: 'Choose variant 1' }).click();
    await shows(1, 'Chosen');
    for (const number of [2, 3]) await shows(number, 'Archived', 'Its files are kept in a checkpoint.');
    await visit(page, `${scene.product.origin}/workspaces/${workspaceId}`);
    const runs = page.getByRole('link', { name: 'Plan the beds anew.' });
    await page.getByText('variant 1 of 3, chosen').waitFor();
    expect(await runs.count()).toBe(1);
    await page.getByRole('button', { name: 'Show archived' }).click();
    await page.getByText('variant 2 of 3, archived').waitFor();
    expect(await runs.count()).toBe(3);
  });

  it('come back as they were', async () => {
    await page.getByRole('listitem').filter({ hasText: 'variant 2 of 3, archived' }).getByRole('link').click();
    const strip = page.getByRole('navigation', { name: 'Variants' });
    await strip.getByText('Variant 2 of 3 · archived').waitFor();
    await page.getByText('It can go on when it was restored.').waitFor();
    expect(await page.getByLabel('What comes next?').count()).toBe(0);
    await page.getByRole('link', { name: 'Compare and restore' }).click();
    await variant(2).getByRole('button', { name: 'Restore' }).click();
    await variant(2).getByText('Archived').waitFor({ state: 'detached' });
    await variant(2).getByText('Its files are being brought back.').waitFor({ state: 'detached', timeout: PATIENCE_MS });
    await shows(3, 'Archived');
    await variant(2).getByRole('button', { name: 'Check variant 2 again' }).click();
    await shows(2, 'Check failed', 'exit code 3');
    await variant(1).getByRole('button', { name: 'Take the choice back' }).click();
    await variant(3).getByText('Archived').waitFor({ state: 'detached' });
    await variant(1).getByText('Chosen').waitFor({ state: 'detached' });
  });

  it('are compared on a phone, one column at a time', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await change('src/beds.js', 1).waitFor();
    expect(await sidewaysOverflow(page)).toEqual({ pixels: 0, by: [] });
    expect(await namelessControls(page)).toEqual([]);
    await variant(3).scrollIntoViewIfNeeded();
    const [above, below] = [await change('src/beds.js', 1).boundingBox(), await change('src/beds.js', 2).boundingBox()];
    expect(above?.x).toBe(below?.x);
    await settled(page);
    expect(await seriousViolations(page)).toEqual({});
    expect(scene.person.complaints).toEqual([]);
  });
});
