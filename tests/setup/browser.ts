import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { chromium, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { onTestFailed } from 'vitest';
import { openBrowserNetwork } from '@/tests/setup/browser-network';

/** Where the browser shares this host's network: see `openBrowserNetwork`. */
const NETWORK_CHANGED = /ERR_NETWORK_CHANGED/;

/** A real Chromium of one test file. Each person in it is a context: cookies and storage of their own. */
export interface TestChromium {
  /** A new person with one open, empty tab. */
  person(options?: BrowserContextOptions): Promise<Person>;
  close(): Promise<void>;
}

export interface Person {
  page: Page;
  context: BrowserContext;
  /** What the pages complained about: errors in the console (a forbidden script among them) and uncaught exceptions. */
  complaints: string[];
}

/** The headless shell draws by itself, without the process and the frames that a graphics card would be for. */
const WITHOUT_GRAPHICS_CARD = ['--disable-gpu', '--disable-software-rasterizer'];

interface ChromiumOptions {
  /** Without a screen it has no scroll bars, unless they are asked for. */
  scrollBars?: boolean;
  /** In a network of its own it finds this host and nothing else. */
  ownNetwork?: boolean;
  /** All of Chromium, which is twice the work: the headless shell has no notifications. */
  whole?: boolean;
}

/** `npm test` names the browsers by CHROMIUM_PATH and CHROMIUM_SHELL_PATH; otherwise they are Debian's. */
function program(whole: boolean): { path: string; shell: boolean } {
  const { CHROMIUM_PATH: given, CHROMIUM_SHELL_PATH: named } = process.env;
  const shell = named ?? (given === undefined ? '/usr/lib/chromium/chromium-headless-shell' : '');
  return !whole && existsSync(shell) ? { path: shell, shell: true } : { path: given ?? '/usr/bin/chromium', shell: false };
}

/** The headless shell where there is one, otherwise the whole Chromium. */
export async function openChromium({ scrollBars = false, ownNetwork = true, whole = false }: ChromiumOptions = {}): Promise<TestChromium> {
  const { path: executable, shell } = program(whole);
  const network = ownNetwork ? await openBrowserNetwork(executable) : { executablePath: executable, close: async () => {} };
  const launch = chromium.launch({
    executablePath: network.executablePath,
    args: ['--disable-dev-shm-usage', ...(shell ? WITHOUT_GRAPHICS_CARD : [])],
    ...(scrollBars && { ignoreDefaultArgs: ['--hide-scrollbars'] }),
    chromiumSandbox: process.getuid?.() !== 0, // Chromium refuses its sandbox to root
  });
  const browser = await launch.catch(async (error: unknown) => {
    await network.close();
    throw error;
  });
  return {
    async person(options = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', ...options }); // what turns and glides is drawn 60 times a second
      context.setDefaultTimeout(20_000);
      const complaints: string[] = [];
      context.on('console', (message) => {
        if (message.type() === 'error' && !NETWORK_CHANGED.test(message.text())) complaints.push(`${message.text()} (${message.location().url})`);
      });
      context.on('weberror', (error) => complaints.push(String(error.error())));
      return { page: await context.newPage(), context, complaints };
    },
    close: async () => {
      await browser.close();
      await network.close();
    },
  };
}

/** Opens an address in the tab, again if a network device came or went meanwhile. */
export function visit(page: Page, address: string): Promise<void> {
  return untilLoaded(() => page.goto(address));
}

/** Loads the tab's page again, as `visit` does. */
export function reload(page: Page): Promise<void> {
  return untilLoaded(() => page.reload());
}

async function untilLoaded(load: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await load();
      return;
    } catch (error) {
      // The error page of the try before may arrive late and get in the way of the next one, or load the address again by itself just now.
      if (!NETWORK_CHANGED.test(String(error)) && !/Page\.reload\): Not attached to an active page|Navigation to "([^"]+)" is interrupted by another navigation to "(chrome-error:|\1")/.test(String(error))) throw error;
    }
  }
}

/** Call it in a test: when the test fails, the page as it stood is kept in test-results/. */
export function keepPictureOfFailure(page: Page): void {
  onTestFailed(async ({ task }) => {
    const folder = path.resolve('test-results/e2e');
    mkdirSync(folder, { recursive: true });
    await page.screenshot({ path: path.join(folder, `${task.name.replaceAll(/\W+/g, '-').slice(0, 80)}.png`) });
  });
}
