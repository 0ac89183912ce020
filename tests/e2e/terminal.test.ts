import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { namelessControls, sidewaysOverflow } from '@/tests/e2e/page-checks';
import { openProductOnScreen, type ProductOnScreen } from '@/tests/e2e/product-on-screen';
import { state } from '@/tests/e2e/steps';
import { keepPictureOfFailure, reload, visit } from '@/tests/setup/browser';

/** A shell in the workspace, by its page, under the policy that the built product sends. In this order. */
let scene: ProductOnScreen;
let page: Page;
let address: string;

beforeAll(async () => {
  scene = await openProductOnScreen();
  ({ page } = scene);
  address = `${scene.product.origin}/workspaces/${await scene.enterGarden('garden')}?tab=terminal`;
});

afterAll(() => scene?.close());

beforeEach(() => keepPictureOfFailure(page));

function screen(number: number, on = page): Locator {
  return on.getByRole('group', { name: `Terminal ${number}` });
}

/** What can be read on the terminal now, without the spaces that fill its lines. */
async function shown(number: number, on = page): Promise<string> {
  const rows = await screen(number, on).locator('.xterm-rows > div').allInnerTexts();
  return rows.map((row) => row.replaceAll('\u00a0', ' ').trimEnd()).join('\n');
}

async function shows(number: number, text: RegExp, on = page): Promise<void> {
  await expect.poll(() => shown(number, on), { timeout: 20_000, interval: 100 }).toMatch(text);
}

async function type(line: string, on = page): Promise<void> {
  await on.keyboard.type(line);
  await on.keyboard.press('Enter');
}

async function connected(on = page): Promise<void> {
  await on.getByRole('status').filter({ hasText: /^\s*Connected/ }).waitFor({ timeout: 30_000 });
}

/** Columns and rows as they stand beside the state. */
async function size(on = page): Promise<{ columns: number; rows: number }> {
  const text = await on.getByTitle(/^Columns and rows/).innerText();
  const [columns = 0, rows = 0] = text.split('×').map(Number);
  return { columns, rows };
}

describe('a terminal', () => {
  it('opens, takes what is typed, and shows what comes in its colours, with a cursor', async () => {
    await visit(page, address);
    await page.getByText('No terminal is open').waitFor();
    await page.getByRole('button', { name: 'Open a terminal' }).click();
    await connected();
    await type(String.raw`printf '\033[31mscar%s\033[0m \033[38;2;10;200;30mmo%s\033[0m\n' let ss; kept=bloom; pwd`);
    await shows(1, /^scarlet moss\n\/workspace\/repo$/m);
    const colors = await colorsOf(['scarlet', 'moss']);
    expect(new Set([...colors, await inkColor()]).size).toBe(3);
    const cursor = await screen(1).locator('.xterm-cursor').boundingBox();
    expect(cursor?.width).toBeGreaterThan(4);
    expect(cursor?.height).toBeGreaterThan(8);
    expect(scene.person.complaints).toEqual([]);
  });

  it('says to its programs how large it is, also after the window has changed', async () => {
    const before = await size();
    await page.setViewportSize({ width: 900, height: 700 });
    await expect.poll(async () => (await size()).columns, { timeout: 20_000 }).toBeLessThan(before.columns);
    const { columns, rows } = await size();
    await type('stty size');
    await shows(1, new RegExp(`^${rows} ${columns}$`, 'm'));
    await page.setViewportSize({ width: 1280, height: 800 });
    await expect.poll(() => size(), { timeout: 20_000 }).toEqual(before);
    expect(await sidewaysOverflow(page)).toEqual({ pixels: 0, by: [] });
    expect(await namelessControls(page)).toEqual([]);
  });

  it('has a second one beside it, with a shell of its own', async () => {
    await page.getByRole('button', { name: 'New terminal' }).click();
    await page.getByRole('tab', { name: 'Terminal 2', selected: true }).waitFor();
    await connected();
    await type('echo "kept: <$kept>"');
    await shows(2, /^kept: <>$/m);
    await page.getByRole('tab', { name: 'Terminal 1' }).click();
    await shows(1, /^scarlet moss$/m);
    await type('echo "kept: <$kept>"');
    await shows(1, /^kept: <bloom>$/m);
  });

  it('shows what it printed before after a reload, and another tab of the browser shows the same', async () => {
    await type('seq -f "row %g" 400');
    await shows(1, /^row 400$/m);
    await reload(page);
    await page.getByRole('tab', { name: 'Terminal 1' }).click();
    await shows(1, /^row 400$/m);
    await page.getByRole('button', { name: /^Find \(/ }).click();
    await page.getByLabel('Find in this terminal').fill('scarlet moss');
    await page.getByLabel('Find in this terminal').press('Enter');
    await shows(1, /^scarlet moss$/m);
    await page.getByLabel('Find in this terminal').press('Escape');
    const other = await scene.person.context.newPage();
    await visit(other, address);
    await other.getByRole('tab', { name: 'Terminal 1' }).click();
    await shows(1, /^row 400$/m, other);
    await other.close();
  });

  it('goes on with the same shell after the web process was killed', async () => {
    const web = scene.product.processes().web;
    scene.person.complaints.length = 0;
    process.kill(web?.pid ?? Number.NaN, 'SIGKILL');
    await page.getByText('Reconnecting… the shell goes on').waitFor();
    await page.keyboard.type('echo "still: <$kept>"');
    await connected();
    expect(scene.product.processes().web?.pid).not.toBe(web?.pid);
    await page.keyboard.press('Enter');
    await shows(1, /^still: <bloom>$/m);
    expect((await shown(1)).match(/^still: <bloom>$/gm)).toHaveLength(1);
  });

  it('says how it ended, and can be put away', async () => {
    await type('exit 3');
    await page.getByText('The shell ended with exit code 3.').waitFor();
    await page.getByRole('tab', { name: 'Terminal 1 · ended' }).waitFor();
    await page.getByRole('button', { name: 'Put away' }).click();
    await page.getByRole('tab', { name: 'Terminal 1 · ended' }).waitFor({ state: 'detached' });
    await page.getByRole('tab', { name: 'Terminal 2', selected: true }).waitFor();
  });

  it('ends with its workspace, says so, and can be had again as soon as that runs', async () => {
    await connected();
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await state(page, 'Stopped').waitFor({ timeout: 60_000 });
    await page.getByText('The workspace was stopped or restarted.').waitFor();
    await page.getByRole('button', { name: 'Start the workspace' }).click();
    await state(page, 'Running').waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'New terminal' }).click();
    await connected();
    await type('echo a$((6 * 7))b');
    await shows(3, /^a42b$/m);
  });
});

/** The colours in which pieces of the first terminal's text are drawn. */
function colorsOf(texts: string[]): Promise<string[]> {
  return screen(1).evaluate((element, wanted) => {
    const spans = [...element.querySelectorAll('.xterm-rows span')];
    return wanted.map((text) => {
      const span = spans.find((each) => each.textContent === text);
      return span ? getComputedStyle(span).color : `no ${text}`;
    });
  }, texts);
}

function inkColor(): Promise<string> {
  return screen(1).locator('.xterm-rows').evaluate((rows) => getComputedStyle(rows).color);
}
