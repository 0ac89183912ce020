import { execFileSync } from 'node:child_process';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { colorsOfLines, downloadedLog, firstLineInView, logRegion, newestLineSeen, savedText } from '@/tests/e2e/log-on-page';
import { enoughLines, numbersIn, promptForNumberedLines } from '@/tests/e2e/numbered-lines';
import { lightness, namelessControls, recordLogStates, sidewaysOverflow } from '@/tests/e2e/page-checks';
import { openProductOnScreen, type ProductOnScreen } from '@/tests/e2e/product-on-screen';
import { logState, signInAsOwner, startRun, state } from '@/tests/e2e/steps';
import { keepPictureOfFailure, reload, visit } from '@/tests/setup/browser';

/** Longer than what a page loads at once (256 KB), so that a reloaded page begins in the middle of the log. */
const LONG_LOG_BYTES = 320 * 1024;

let scene: ProductOnScreen;
let page: Page;
let workspaceId: string;
let runId: string;
let cookie: string;

beforeAll(async () => {
  scene = await openProductOnScreen();
  ({ page } = scene);
  ({ cookie } = await scene.product.signIn());
  workspaceId = await scene.enterGarden();
});

afterAll(() => scene?.close());

beforeEach(() => keepPictureOfFailure(page));

/** The masked log by the byte-range route, from byte `from` on. */
async function servedLog(from = 0): Promise<Buffer> {
  const response = await fetch(`${scene.product.origin}/api/runs/${runId}/log?stream=out`, { headers: { cookie, range: `bytes=${from}-` } });
  expect(response.status).toBe(206);
  return Buffer.from(await response.arrayBuffer());
}

async function until(look: () => Promise<boolean>, what: string): Promise<void> {
  await expect.poll(look, { timeout: 30_000, interval: 100, message: what }).toBe(true);
}

describe('watching a run', () => {
  let watched: Awaited<ReturnType<typeof recordLogStates>>;
  let reloaded: Page;
  let reloadedFrom = -1;

  it('starts it by Ctrl+Enter and shows its lines in their colours as they come', async () => {
    watched = await recordLogStates(page);
    await visit(page, page.url());
    runId = await startRun(page, promptForNumberedLines());
    await logState(page, 'live').waitFor();
    await logRegion(page).getByText(/^line \d{6}$/).first().waitFor();
    await until(async () => (await colorsOfLines(page)).length === 6, 'the lines stand there in all six colours');
    expect(await logRegion(page).innerText()).not.toMatch(/\u001b|\[3\dm/);
  });

  it('follows the end until one scrolls up, stays there while more comes, and jumps back to live', async () => {
    const before = await newestLineSeen(page);
    await until(async () => (await newestLineSeen(page)) > before, 'the view follows the end');
    await logRegion(page).hover();
    await page.mouse.wheel(0, -600);
    const jump = page.getByRole('button', { name: 'Jump to live' });
    await jump.waitFor();
    const reading = await firstLineInView(page);
    const size = (await servedLog()).length;
    await until(async () => (await servedLog()).length > size + 50_000, 'the log grows');
    expect(await firstLineInView(page)).toEqual(reading);
    await jump.click();
    await until(async () => (await newestLineSeen(page)) > before + 300, 'the view is at the end again');
    await jump.waitFor({ state: 'hidden' });
  });

  it('goes on after a reload in the middle', async () => {
    await until(async () => (await servedLog()).length > LONG_LOG_BYTES, 'the log is longer than what a page loads at once');
    // In a browser of its own: two live pages of one browser hold all six connections that it makes to one origin over HTTP/1.1.
    const other = await scene.chromium.person();
    await other.context.addCookies(await scene.person.context.cookies());
    reloaded = other.page;
    await visit(reloaded, page.url());
    await logState(reloaded, 'live').waitFor();
    const tails: string[] = [];
    reloaded.on('response', (response) => {
      if (response.url().includes('stream=out') && response.status() === 206) tails.push(response.headers()['content-range'] ?? '');
    });
    await reload(reloaded);
    await logState(reloaded, 'live').waitFor();
    reloadedFrom = Number(/^bytes (\d+)-/.exec(tails[0] ?? '')?.[1]);
    expect(reloadedFrom).toBeGreaterThan(0);
    const newest = await newestLineSeen(reloaded);
    await until(async () => (await newestLineSeen(reloaded)) > newest, 'the reloaded page is live');
  });

  it('says so while the web process is away, and goes on when it is back', async () => {
    const web = scene.product.processes().web;
    process.kill(web?.pid ?? Number.NaN, 'SIGKILL');
    await Promise.all([page, reloaded].map((each) => logState(each, 'reconnecting').waitFor()));
    await Promise.all([page, reloaded].map((each) => logState(each, 'live').waitFor({ timeout: 30_000 })));
    expect(scene.product.processes().web?.pid).not.toBe(web?.pid);
    const newest = await newestLineSeen(page);
    await until(async () => (await newestLineSeen(page)) > newest, 'the page is live again');
  });

  it('REL-17 has missed nothing in the end: every page holds the log from where it began, to the byte', async () => {
    enoughLines(scene.product.dataDir, workspaceId);
    await Promise.all([page, reloaded].map((each) => logState(each, 'ended').waitFor({ timeout: 30_000 })));
    await state(page, 'Succeeded').waitFor();
    const log = await servedLog();
    expect((await savedText(page)).equals(log)).toBe(true);
    const numbers = numbersIn(log.toString());
    expect(numbers.length).toBeGreaterThan(3000);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));

    const lineStart = (await servedLog(reloadedFrom)).indexOf('\n') + 1;
    const shown = await savedText(reloaded);
    expect(shown.equals(await servedLog(reloadedFrom + lineStart))).toBe(true);
    expect((await downloadedLog(reloaded)).equals(log)).toBe(true);
    await logRegion(reloaded).press('Home');
    await logRegion(reloaded).getByText('line 000001', { exact: true }).waitFor();
    await reloaded.close();
  });

  it('has shown each of the four states of the stream when it was so', async () => {
    // Chromium drops its connections whenever a network device comes or goes, so there may be a second break.
    expect((await watched.states()).join(' ')).toMatch(/^connecting live (reconnecting live )+ended$/);
  });
});

describe('stopping a run', () => {
  it('says “Stopping…”, has ended everything within 5 s, and says who asked for it', async () => {
    await visit(page, `${scene.product.origin}/workspaces/${workspaceId}`);
    runId = await startRun(page, promptForNumberedLines());
    await logRegion(page).getByText(/^line \d{6}$/).first().waitFor();
    const clicked = performance.now();
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByRole('button', { name: 'Stopping…' }).waitFor();
    await state(page, 'Stopped').waitFor();
    expect(performance.now() - clicked).toBeLessThan(5_000);
    await page.getByText(/Stopped by owner/).waitFor();
    await logState(page, 'ended').waitFor();
    expect((await savedText(page)).equals(await servedLog())).toBe(true);
    expect(processesInWorkspace()).not.toMatch(/claude|perl/);
  });
});

/** The commands that run in the workspace's container, without the attendant, which waits for the next run. */
function processesInWorkspace(): string {
  const container = execFileSync('docker', ['ps', '--quiet', '--filter', `label=anyon.workspace=${workspaceId}`], { encoding: 'utf8' }).trim();
  const lines = execFileSync('docker', ['top', container], { encoding: 'utf8' }).split('\n');
  return lines.filter((line) => !line.endsWith('anyon-run attend')).join('\n');
}

describe('every page', () => {
  const inside = () => ['/workspaces', '/workspaces/deleted', '/batches', `/workspaces/${workspaceId}`, `/workspaces/${workspaceId}/runs/${runId}`, '/system'];
  const looks = [
    { name: 'on a desk', options: { colorScheme: 'light' as const } },
    { name: 'on a phone, in the dark', options: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme: 'dark' as const } },
  ];

  it.each(looks)('fits the screen, has a name for every control and suits the light: $name', async ({ options }) => {
    const viewer = await scene.chromium.person(options);
    keepPictureOfFailure(viewer.page);
    const address = await scene.product.setupAddress();
    const check = async () => {
      expect([viewer.page.url(), await sidewaysOverflow(viewer.page)]).toEqual([viewer.page.url(), { pixels: 0, by: [] }]);
      expect([viewer.page.url(), await namelessControls(viewer.page)]).toEqual([viewer.page.url(), []]);
      const { ground, writing } = await lightness(viewer.page);
      if (options.colorScheme === 'dark') expect([ground < 0.2, writing > 0.7]).toEqual([true, true]);
      else expect([ground > 0.8, writing < 0.3]).toEqual([true, true]);
    };
    for (const outside of [`${scene.product.origin}/sign-in`, `${scene.product.origin}/setup`, address, `${scene.product.origin}/nowhere`]) {
      await visit(viewer.page, outside);
      await check();
    }
    await signInAsOwner(viewer.page, address);
    for (const path of inside()) {
      await visit(viewer.page, `${scene.product.origin}${path}`);
      await viewer.page.getByRole('heading', { level: 1 }).first().waitFor();
      await viewer.page.getByText('Simulator in use').waitFor();
      for (const tab of await viewer.page.getByRole('tab').all()) {
        await tab.click();
        await check();
      }
      await check();
    }
    await visit(viewer.page, `${scene.product.origin}/workspaces`);
    await viewer.page.getByRole('button', { name: 'New workspace' }).click();
    await viewer.page.getByRole('dialog').waitFor();
    await check();
    await viewer.context.close();
  });
});
