import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { logRegion, newestLineSeen } from '@/tests/e2e/log-on-page';
import { enoughLines, promptForNumberedLines } from '@/tests/e2e/numbered-lines';
import { serveRepositories, type Repositories } from '@/tests/e2e/repositories';
import { createWorkspace, logState, signInAsOwner, startRun, state } from '@/tests/e2e/steps';
import { keepPictureOfFailure, openChromium, type Person, type TestChromium, visit } from '@/tests/setup/browser';
import { startRunningProduct, type RunningProduct } from '@/tests/setup/running-product';

/** A browser makes six connections to one origin over HTTP/1.1, whatever number of windows it has. */
let product: RunningProduct;
let repositories: Repositories;
let chromium: TestChromium;
let person: Person;
let windows: Page[];
let workspaceId: string;
/** What each window has asked the server to follow, by address. */
const streams = new Map<Page, string[]>();

beforeAll(async () => {
  repositories = await serveRepositories();
  [product, chromium] = await Promise.all([startRunningProduct({ env: repositories.env }), openChromium()]);
  person = await chromium.person();
  await signInAsOwner(person.page, await product.setupAddress());
  workspaceId = await createWorkspace(person.page, { repository: repositories.url('garden') });
});

afterAll(async () => {
  await Promise.all([chromium?.close(), repositories?.close()]);
  await product?.close();
});

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
    keepPictureOfFailure(person.page);
    await startRun(person.page, promptForNumberedLines());
    windows = [person.page, await person.context.newPage(), await person.context.newPage()];
    for (const page of windows) {
      noteStreams(page);
      await visit(page, person.page.url());
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
    enoughLines(product.dataDir, workspaceId);
    for (const page of windows) {
      await logState(page, 'ended').waitFor({ timeout: 30_000 });
      await state(page, 'Succeeded').waitFor();
    }
  });
});
