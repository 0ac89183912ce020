import { setTimeout } from 'node:timers/promises';
import type { CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isFinal, type RunStatus } from '@/contract/run';
import { logRegion } from '@/tests/e2e/log-on-page';
import { namelessControls, sidewaysOverflow } from '@/tests/e2e/page-checks';
import { openProductOnScreen, type ProductOnScreen } from '@/tests/e2e/product-on-screen';
import { logState } from '@/tests/e2e/steps';
import { keepPictureOfFailure, visit } from '@/tests/setup/browser';
import type { AnyonClient } from '@/tests/setup/running-product';

/** The log of a run that wrote a million lines, by its page. In this order. */
const MANY = 1_000_000;
const FEW = 1_000;
const MOST_HEAP_MB = 200;

let scene: ProductOnScreen;
let page: Page;
let client: AnyonClient;
let workspaceId: string;
let long: { id: string; firstRow: number };
let short: { id: string; firstRow: number };

beforeAll(async () => {
  scene = await openProductOnScreen({ scrollBars: true });
  ({ page } = scene);
  const owner = await scene.product.signIn();
  ({ client } = owner);
  workspaceId = await scene.enterGarden('garden');
  long = await runWithRows(MANY, owner.cookie);
  short = await runWithRows(FEW, owner.cookie);
});

afterAll(() => scene?.close());

beforeEach(() => keepPictureOfFailure(page));

/** A finished run whose output has the rows `row 0000001 of the garden` …; every 100,000th blossoms. `firstRow` is the number of the line (from 1) at which they begin. */
async function runWithRows(rows: number, cookie: string): Promise<{ id: string; firstRow: number }> {
  const script = `for (1..${rows}) { printf "row %07d of the garden%s\\n", $_, $_ % 100000 ? "" : " blossoms" }`;
  const command = `perl -e '${script}' >> /anyon/exchange/$ANYON_RUN_ID/out.raw`;
  const prompt = `Count the rows. [[sim:bash cmd="${command.replaceAll(/[\\"]/g, (character) => `\\${character}`)}" timeout=60000]]`;
  const { id } = await client.runs.start.mutate({ workspaceId, prompt });
  for (let status: RunStatus = 'queued'; status !== 'succeeded'; { status } = await client.runs.byId.query({ runId: id })) {
    if (isFinal(status)) throw new Error(`The run has ${status}.`);
    await setTimeout(100);
  }
  const head = await fetch(`${scene.product.origin}/api/runs/${id}/log?stream=out`, { headers: { cookie, range: 'bytes=0-1048575' } });
  const lines = (await head.text()).split('\n');
  return { id, firstRow: lines.findIndex((line) => line.startsWith('row 0000001 ')) + 1 };
}

function addressOf(run: { id: string }, search = ''): string {
  return `${scene.product.origin}/workspaces/${workspaceId}/runs/${run.id}${search}`;
}

/** The numbered rows that are in view, with the number of the line that stands beside each. */
function rowsInView(): Promise<{ line: number; row: number }[]> {
  return logRegion(page).evaluate((region) => {
    const box = region.getBoundingClientRect();
    const seen = [...region.querySelectorAll<HTMLElement>('[data-index]')].filter((row) => {
      const { top, bottom } = row.getBoundingClientRect();
      return bottom > box.top && top < box.bottom;
    });
    return seen.flatMap((row) => {
      const number = /row (\d{7}) of the garden/.exec(row.textContent ?? '')?.[1];
      const line = row.querySelector('button')?.textContent;
      return number && line ? [{ line: Number(line), row: Number(number) }] : [];
    });
  });
}

/** Waits until a screen full of rows is there, each beside its number, and one of them is as wanted. */
async function inView(isWanted: (row: number) => boolean, what: string): Promise<void> {
  const look = async () => {
    const rows = await rowsInView();
    return rows.length > 5 && rows.every(({ line, row }) => line === row + long.firstRow - 1) && rows.some(({ row }) => isWanted(row));
  };
  await expect.poll(look, { timeout: 20_000, interval: 50, message: what }).toBe(true);
}

/** From the address to the last row on the screen, in milliseconds. */
async function opening(run: { id: string }, rows: number): Promise<number> {
  const began = performance.now();
  await visit(page, addressOf(run));
  await page.getByRole('tab', { name: 'Log', exact: true }).click();
  await logRegion(page).getByText(`row ${String(rows).padStart(7, '0')} of the garden`).first().waitFor();
  return performance.now() - began;
}

async function heapMegabytes(): Promise<number> {
  const session: CDPSession = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  await session.detach();
  return (metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Number.NaN) / 1024 ** 2;
}

describe('REL-15 a log of a million lines', () => {
  it('opens at its end about as fast as one of a thousand', async () => {
    await opening(short, FEW); // what a browser loads once
    const times = { short: [] as number[], long: [] as number[] };
    for (let round = 0; round < 3; round += 1) {
      times.short.push(await opening(short, FEW));
      times.long.push(await opening(long, MANY));
    }
    const [few, many] = [Math.min(...times.short), Math.min(...times.long)];
    console.log(`opening: ${FEW} lines ${Math.round(few)} ms, ${MANY} lines ${Math.round(many)} ms, ratio ${(many / few).toFixed(2)}`);
    expect(many / few).toBeLessThan(3);
    await inView((row) => row === MANY, 'the end has its numbers');
  });

  it('goes to its start and back to its end by a key', async () => {
    const began = performance.now();
    await logRegion(page).press('Home');
    await logRegion(page).getByText('row 0000001 of the garden').waitFor();
    console.log(`to the start: ${Math.round(performance.now() - began)} ms`);
    await logRegion(page).press('End');
    await inView((row) => row === MANY, 'the end');
  });

  it('shows the right lines where the scroll bar is dragged to', async () => {
    const box = (await logRegion(page).boundingBox())!;
    const bar = box.x + box.width - 5; // its thumb is at the bottom
    expect(await logRegion(page).evaluate((region) => region.getBoundingClientRect().width - region.clientWidth)).toBeGreaterThan(5);
    await page.mouse.move(bar, box.y + box.height - 25);
    await page.mouse.down();
    await page.mouse.move(bar, box.y + box.height / 2, { steps: 20 });
    await page.mouse.up();
    await inView((row) => row > MANY * 0.3 && row < MANY * 0.7, 'the middle');
    await page.mouse.move(box.x + 50, box.y + 50);
    const [first] = await rowsInView();
    await page.mouse.wheel(0, 400);
    await expect.poll(async () => (await rowsInView())[0]?.row, { timeout: 10_000 }).toBe((first?.row ?? 0) + 20);
  });

  it('is opened at a line by a link, and goes to one by its number', async () => {
    await visit(page, addressOf(long, '?log=out:500000'));
    await inView((row) => row === 500_000 - long.firstRow + 1, 'the line of the link');
    await page.getByText('Line 500,000 of the output').waitFor();
    await page.getByRole('button', { name: 'Go to line' }).click();
    await page.getByLabel('Line number').fill('250000');
    await page.getByLabel('Line number').press('Enter');
    await inView((row) => row === 250_000 - long.firstRow + 1, 'the line of the number');
    expect(page.url()).toContain('log=out%3A250000');
  });

  it('counts the hits of a search, and goes from one to the next', async () => {
    const began = performance.now();
    await page.keyboard.press('Control+f');
    await page.getByRole('textbox', { name: 'Search this log' }).fill('garden blossoms');
    await page.getByText('10 hits', { exact: true }).waitFor({ timeout: 60_000 });
    console.log(`search through all: ${Math.round(performance.now() - began)} ms`);
    for (const hit of [1, 2]) {
      await page.getByRole('textbox', { name: 'Search this log' }).press('Enter');
      await page.getByText(`${hit} of 10 hits`).waitFor();
      await inView((row) => row === hit * 100_000, `hit ${hit}`);
    }
    await page.getByRole('textbox', { name: 'Search this log' }).press('Escape');
  });

  it('does all that in little memory, with nothing to complain about, and fits the page', async () => {
    const megabytes = await heapMegabytes();
    console.log(`heap of the tab: ${Math.round(megabytes)} MB`);
    expect(megabytes).toBeLessThan(MOST_HEAP_MB);
    expect(await sidewaysOverflow(page)).toEqual({ pixels: 0, by: [] });
    expect(await namelessControls(page)).toEqual([]);
    expect(scene.person.complaints).toEqual([]);
  });
});

describe('the search through all logs', () => {
  it('leads to the line', async () => {
    await visit(page, `${scene.product.origin}/search`);
    await page.getByLabel('What to search for').fill('row 0700000 of the garden blossoms');
    await page.getByLabel('What to search for').press('Enter');
    await page.getByText(/^1 hit in 1 run\. All 2 runs were searched\.$/).waitFor({ timeout: 60_000 });
    await page.getByRole('link', { name: /garden blossoms/ }).click();
    await page.waitForURL(/\?log=out/);
    await inView((row) => row === 700_000, 'the line');
    await logState(page, 'ended').waitFor();
    expect(scene.person.complaints).toEqual([]);
  });
});
