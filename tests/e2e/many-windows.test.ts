import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logRegion, newestLineSeen } from '@/tests/e2e/log-on-page';
import { enoughLines, promptForNumberedLines } from '@/tests/e2e/numbered-lines';
import { openProductOnScreen, type ProductOnScreen } from '@/tests/e2e/product-on-screen';
import { logState, startRun, state } from '@/tests/e2e/steps';
import { keepPictureOfFailure, visit } from '@/tests/setup/browser';

/** A browser makes six connections to one origin over HTTP/1.1, whatever number of windows it has. */
let scene: ProductOnScreen;
let windows: Page[];
let workspaceId: string;
/** What each window has asked the server to follow, by address. */
const streams = new Map<Page, string[]>();

beforeAll(async () => {
  scene = await openProductOnScreen();
  workspaceId = await scene.enterGarden();
});

afterAll(() => scene?.close());

function noteStreams(page: Page): void {
  const seen: string[] = [];
  streams.set(page, seen);
  page.on('request', (request) => {
    if (request.headers()['accept'] === 'text/event-stream') seen.push(new URL(request.url()).pathname);
  });
}

async function until(look: () => Promise<boolean>, what: string): Promise<void> {
  await expect.poll(look, { timeout: 30_000, interval: 100, message: what }).toBe(true);
}

describe('a live run in three windows of one browser', () => {
  it('is live in each, over one connection each', async () => {
    keepPictureOfFailure(scene.person.page);
    await startRun(scene.person.page, promptForNumberedLines());
    windows = [scene.person.page, await scene.person.context.newPage(), await scene.person.context.newPage()];
    for (const page of windows) {
      noteStreams(page);
      await visit(page, scene.person.page.url());
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
    await last.getByRole('heading', { level: 1, name: 'Workspaces' }).waitFor({ timeout: 10_000 });
    await last.goBack();
    await logState(last, 'live').waitFor();
    expect(streams.get(last)).toEqual(['/api/trpc/streams.follow']);
  });

  it('ends in each of them when it ends', async () => {
    enoughLines(scene.product.dataDir, workspaceId);
    for (const page of windows) {
      await logState(page, 'ended').waitFor({ timeout: 30_000 });
      await state(page, 'Succeeded').waitFor();
    }
  });
});
