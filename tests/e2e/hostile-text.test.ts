import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runs, secrets, tasks, workspaces } from '@/db/schema';
import { plantHostileTexts } from '@/tests/e2e/hostile-rows';
import { EVIL_HOST, hostileTexts } from '@/tests/e2e/hostile-texts';
import { signInAsOwner } from '@/tests/e2e/steps';
import { keepPictureOfFailure, openChromium, visit, type TestChromium } from '@/tests/setup/browser';
import { openProductDatabase } from '@/tests/setup/product-database';
import { startRunningProduct, type RunningProduct } from '@/tests/setup/running-product';

/**
 * WEB-11: whatever stands in a prompt, a log, an answer of the model, a diff, a name or an error is text and stays text. The rows
 * are written past every check, so that each page stands alone.
 */
const texts = hostileTexts();
/** Long enough for what a page fetches and draws by itself. */
const SETTLE_MS = 600;
/** Pages that settle side by side: each waits more than it works. */
const TABS = 3;

let product: RunningProduct;
let chromium: TestChromium;
let page: Page;
let tabs: Page[];
let places: string[];
const asked: string[] = [];
const broken: string[] = [];

beforeAll(async () => {
  [product, chromium] = await Promise.all([startRunningProduct(), openChromium()]);
  const person = await chromium.person({ permissions: ['clipboard-read', 'clipboard-write'] });
  page = person.page;
  tabs = [page, ...(await Promise.all(Array.from({ length: TABS - 1 }, () => person.context.newPage())))];
  await person.context.exposeBinding('reportViolation', (_, what: string) => void broken.push(what));
  await person.context.addInitScript(() => document.addEventListener('securitypolicyviolation', (event) => (window as unknown as { reportViolation: (what: string) => void }).reportViolation(`${event.violatedDirective} ${event.blockedURI} on ${location.pathname}`)));
  person.context.on('request', (request) => {
    if (new URL(request.url()).hostname === EVIL_HOST) asked.push(request.url());
  });
  for (const tab of tabs) {
    tab.on('dialog', (dialog) => {
      asked.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
  }
  await signInAsOwner(page, await product.setupAddress());
  places = await plantHostileTexts(product.dataDir, texts);
});

afterAll(async () => {
  await chromium?.close();
  await product?.close();
});

beforeEach(() => keepPictureOfFailure(page));

/** Addresses of links and pictures on the page that lead elsewhere than http and https. */
function strangeAddresses(tab: Page): Promise<string[]> {
  return tab.evaluate(() =>
    [...document.querySelectorAll('a[href], area[href], form[action], iframe, object, embed, img[src], use')].flatMap((element) => {
      const address = element.getAttribute('href') ?? element.getAttribute('action') ?? element.getAttribute('src') ?? element.tagName;
      const { protocol } = new URL(address, location.href);
      const ours = ['http:', 'https:'].includes(protocol) && !['IFRAME', 'OBJECT', 'EMBED'].includes(element.tagName);
      return ours || (element.tagName === 'IMG' && protocol === 'data:') ? [] : [element.outerHTML.slice(0, 200)];
    }),
  );
}

describe('WEB-11 hostile text', () => {
  it('is a corpus of at least two hundred', () => {
    expect(new Set(texts).size).toBeGreaterThanOrEqual(200);
  });

  it('runs nowhere, loads nothing and makes no strange link, on any page', async () => {
    await page.evaluate(() => navigator.clipboard.writeText('untouched'));
    const left = [...places];
    const lookAtAll = async (tab: Page): Promise<void> => {
      for (let place = left.shift(); place !== undefined; place = left.shift()) {
        await visit(tab, product.origin + place);
        await tab.locator('main').first().waitFor();
        await tab.waitForTimeout(SETTLE_MS);
        expect(await strangeAddresses(tab), place).toEqual([]);
        expect({ asked, broken }, `${place}, or what is open beside it`).toEqual({ asked: [], broken: [] });
      }
    };
    await Promise.all(tabs.map(lookAtAll));
    await page.bringToFront(); // the clipboard is read by the page that has the focus
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('untouched');
  });

  it('in an address makes and starts nothing: that takes a click (WEB-25)', async () => {
    const { database, close } = openProductDatabase(product.dataDir);
    const counts = async () => [await database.$count(workspaces), await database.$count(runs), await database.$count(tasks), await database.$count(secrets)];
    const before = await counts();
    const wish = 'mode=auto&auto=1&create=1&start=1&new=1&action=delete&name=evil&repositoryUrl=https://github.com/evil/evil&repository=https://github.com/evil/evil&branch=main&prompt=rm&token=x&secret=EVIL&value=evil-evil-evil';
    const workspacePage = places.find((place) => /^\/workspaces\/[0-9a-f-]{36}$/.test(place)) ?? '';
    for (const place of ['/', '/workspaces', '/workspaces/new', '/workspaces/create', workspacePage, `${workspacePage}/runs/new`, '/settings', '/system', '/batches']) {
      await visit(page, `${product.origin}${place}?${wish}#${wish}`);
      await page.waitForTimeout(SETTLE_MS);
    }
    for (const name of ['workspaces.create', 'runs.start', 'secrets.set', 'workspaces.delete']) {
      const answer = await page.request.get(`${product.origin}/api/trpc/${name}?input=${encodeURIComponent('{"json":{}}')}`);
      expect(answer.status(), name).toBe(405);
    }
    expect(await counts()).toEqual(before);
    await close();
  });

  it('in the address of the sign-in pages is not shown at all', async () => {
    for (const text of texts.slice(0, 60)) {
      for (const place of ['/sign-in', '/setup']) {
        const answer = await page.request.get(`${product.origin}${place}?error=${encodeURIComponent(text)}&error_description=${encodeURIComponent(text)}`);
        expect((await answer.text()).includes(`>${text}<`), text).toBe(false);
      }
    }
    await page.context().clearCookies();
    for (const text of texts.slice(0, 20)) {
      await visit(page, `${product.origin}/sign-in?error=${encodeURIComponent(text)}&error_description=${encodeURIComponent(text)}`);
      expect({ text, asked, broken }).toEqual({ text, asked: [], broken: [] });
    }
  });
});
