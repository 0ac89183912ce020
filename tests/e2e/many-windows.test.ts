import type { Page, Request } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logRegion, newestLineSeen, savedText } from '@/tests/e2e/log-on-page';
import { enoughLines, numbersIn, promptForNumberedLines } from '@/tests/e2e/numbered-lines';
import { openProductOnScreen, type ProductOnScreen } from '@/tests/e2e/product-on-screen';
import { logState, startRun, state } from '@/tests/e2e/steps';
import { keepPictureOfFailure, visit } from '@/tests/setup/browser';

/** A browser makes six connections to one origin over HTTP/1.1, whatever number of windows it has. */
let scene: ProductOnScreen;
let windows: Page[];
let workspaceId: string;
/** What each window has asked the server to follow, by address, and those of these streams that are open. */
const streams = new Map<Page, string[]>();
const open = new Map<Page, Set<Request>>();

beforeAll(async () => {
  scene = await openProductOnScreen({ whole: true });
  workspaceId = await scene.enterGarden();
});

afterAll(() => scene?.close());

function noteStreams(page: Page): void {
  const seen: string[] = [];
  streams.set(page, seen);
  const held = new Set<Request>();
  open.set(page, held);
  page.on('request', (request) => {
    if (request.headers()['accept'] !== 'text/event-stream') return;
    held.add(request);
    seen.push(new URL(request.url()).pathname);
  });
  page.on('requestfinished', (request) => held.delete(request));
  page.on('requestfailed', (request) => held.delete(request));
}

const openStreams = (): number[] => windows.map((page) => open.get(page)?.size ?? 0);

async function untilOpen(expected: number[], inAnyOrder = false): Promise<void> {
  await expect.poll(() => (inAnyOrder ? openStreams().toSorted() : openStreams()), { timeout: 60_000, interval: 100, message: 'streams that are open, by window' }).toEqual(expected);
}

/** Says to the page what a browser says of a tab behind another one; without a screen it believes that each is seen. */
async function turn(pages: Page[], visibility: 'visible' | 'hidden'): Promise<void> {
  for (const page of pages) {
    await page.evaluate((state) => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, value: state });
      document.dispatchEvent(new Event('visibilitychange'));
    }, visibility);
  }
}

/** Numbers of the lines `beat …` that can be seen in the terminal now. */
async function beatsSeen(page: Page): Promise<number[]> {
  const text = (await page.getByRole('group', { name: 'Terminal 1' }).locator('.xterm-rows > div').allInnerTexts()).join('\n');
  return [...text.matchAll(/^beat (\d+)/gm)].map((match) => Number(match[1]));
}

async function until(look: () => Promise<boolean>, what: string): Promise<void> {
  await expect.poll(look, { timeout: 30_000, interval: 100, message: what }).toBe(true);
}

describe('a live run in three windows of one browser', () => {
  it('is live in each, over one connection each', async () => {
    keepPictureOfFailure(scene.page);
    await startRun(scene.page, promptForNumberedLines(500));
    windows = [scene.page, await scene.person.context.newPage(), await scene.person.context.newPage()];
    for (const page of windows) {
      noteStreams(page);
      await visit(page, scene.page.url());
      await logState(page, 'live').waitFor();
      await logRegion(page).getByText(/^line \d{6}$/).first().waitFor();
    }
    const seen = await Promise.all(windows.map(newestLineSeen));
    for (const [index, page] of windows.entries()) await until(async () => (await newestLineSeen(page)) > (seen[index] ?? 0), `window ${index + 1} goes on`);
    for (const page of windows) expect(streams.get(page)).toEqual(['/api/trpc/streams.follow']);
  });

  it('leaves room for what is asked meanwhile, in each of them', async () => {
    for (const page of windows) {
      const answered = await page.evaluate(async () => {
        const began = performance.now();
        const answers = await Promise.all(Array.from({ length: 4 }, () => fetch('/api/trpc/session.me').then(({ status }) => status)));
        return { answers, took: performance.now() - began };
      });
      expect(answered.answers).toEqual([200, 200, 200, 200]);
      expect(answered.took).toBeLessThan(5_000);
    }
    const [, , last] = windows as [Page, Page, Page];
    await last.getByRole('link', { name: 'Workspaces' }).first().click();
    await last.getByRole('heading', { level: 1, name: 'Workspaces' }).waitFor({ timeout: 30_000 });
    await last.goBack();
    await logState(last, 'live').waitFor();
    expect(streams.get(last)).toEqual(['/api/trpc/streams.follow']);
  });
});

describe('a window that nobody sees', () => {
  it('gives its connection back after a while, and goes on where it was: log, conversation and terminal', async () => {
    const [log, terminal] = windows as [Page, Page];
    await visit(terminal, `${scene.product.origin}/workspaces/${workspaceId}?tab=terminal`);
    await terminal.getByRole('button', { name: 'Open a terminal' }).click();
    await terminal.getByRole('status').filter({ hasText: /^\s*Connected/ }).waitFor();
    await terminal.keyboard.type('for i in $(seq 9999); do echo beat $i; sleep 0.2; done\n');
    await until(async () => (await beatsSeen(terminal)).length > 3, 'the terminal prints');
    await turn([log, terminal], 'hidden');
    await untilOpen([0, 0, 1]);
    const [line, beat] = [await newestLineSeen(log), Math.max(...(await beatsSeen(terminal)))];
    await turn([log, terminal], 'visible');
    await until(async () => (await newestLineSeen(log)) > line + 100, 'the log goes on');
    await until(async () => Math.max(...(await beatsSeen(terminal))) > beat + 20, 'the terminal goes on');
    const beats = await beatsSeen(terminal);
    expect(beats).toEqual(beats.map((_, index) => (beats[0] ?? 0) + index));
    await untilOpen([1, 1, 1]);
  });

  it('is one of several that hears the news for all, where notifications are on', async () => {
    await scene.person.context.grantPermissions(['notifications']);
    const [log, terminal, board] = windows as [Page, Page, Page];
    await visit(board, `${scene.product.origin}/`);
    await board.getByRole('button', { name: 'Notify me' }).click();
    await board.getByRole('button', { name: 'Notifying', pressed: true }).waitFor();
    await turn(windows, 'hidden');
    await untilOpen([0, 0, 1], true);
    await turn(windows, 'visible');
    await board.getByRole('button', { name: 'Notifying' }).click();
    const [line, beat] = [await newestLineSeen(log), Math.max(...(await beatsSeen(terminal)))];
    await until(async () => (await newestLineSeen(log)) > line && Math.max(...(await beatsSeen(terminal))) > beat, 'both go on');
    await visit(board, log.url());
    await logState(board, 'live').waitFor();
  });
});

describe('windows without a server', () => {
  it('say so when it lasts, and go on by themselves', async () => {
    const banner = (page: Page) => page.getByText('The server does not answer. Nothing is lost');
    const calls = '**/api/trpc/**';
    await scene.person.context.route(calls, (route) => route.abort());
    process.kill(scene.product.processes().web?.pid ?? Number.NaN, 'SIGKILL');
    for (const page of windows) await banner(page).waitFor({ timeout: 60_000 });
    await scene.person.context.unroute(calls);
    for (const page of windows) await banner(page).waitFor({ state: 'detached', timeout: 60_000 });
    const [log, terminal] = windows as [Page, Page];
    await logState(log, 'live').waitFor({ timeout: 60_000 });
    const beat = Math.max(...(await beatsSeen(terminal)));
    await until(async () => Math.max(...(await beatsSeen(terminal))) > beat, 'the terminal goes on');
    const beats = await beatsSeen(terminal);
    expect(beats).toEqual(beats.map((_, index) => (beats[0] ?? 0) + index));
  });
});

describe('when the run ends', () => {
  it('each window of it hears so, and has missed nothing', async () => {
    enoughLines(scene.product.dataDir, workspaceId);
    for (const page of windows.filter((each) => each.url().includes('/runs/'))) {
      await logState(page, 'ended').waitFor({ timeout: 30_000 });
      await state(page, 'Succeeded').waitFor();
      const numbers = numbersIn((await savedText(page)).toString());
      expect(numbers.length).toBeGreaterThan(1000);
      expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
    }
  });
});
