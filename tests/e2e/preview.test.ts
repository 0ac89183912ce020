import http from 'node:http';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startFakeGitHub, type FakeGitHub } from '@/tests/fakes/fake-github';
import { lightness, namelessControls, sidewaysOverflow } from '@/tests/e2e/page-checks';
import { openProductOnScreen, type ProductOnScreen } from '@/tests/e2e/product-on-screen';
import { seriousViolations, settled } from '@/tests/e2e/serious-violations';
import { signInAsOwner, state } from '@/tests/e2e/steps';
import { keepPictureOfFailure, reload, visit } from '@/tests/setup/browser';
import { previewedServer } from '@/tests/setup/previewed-server';

/** A web server that somebody starts in a workspace, seen in a tab of its own; by those who may see it. In this order. */
const ADA = { id: 1815, login: 'ada', name: 'Ada', email: null, avatar_url: '' };
const PATIENCE_MS = 30_000;
let github: FakeGitHub;
let scene: ProductOnScreen;
let page: Page;
let workspace: string;
/** The tab that shows the preview, and its address. */
let preview: Page;
let address: string;

beforeAll(async () => {
  github = await startFakeGitHub();
  github.user = ADA;
  scene = await openProductOnScreen({ env: { AUTH_GITHUB_ID: github.clientId, AUTH_GITHUB_SECRET: github.clientSecret, ANYON_GITHUB_URL: github.url, ANYON_GITHUB_API_URL: github.apiUrl, ANYON_ALLOWED_GITHUB_IDS: String(ADA.id) } });
  ({ page } = scene);
  workspace = `${scene.product.origin}/workspaces/${await scene.enterGarden('garden')}`;
});

afterAll(async () => {
  await scene?.close();
  await github?.close();
});

beforeEach(() => keepPictureOfFailure(page));

const openTab = (name: string) => page.getByRole('tab', { name, exact: true }).click();
const row = (port: number): Locator => page.getByRole('list', { name: 'Ports on which something listens' }).getByRole('listitem').filter({ hasText: String(port) });

/** Puts the cursor into a terminal of the workspace, by the mouse. */
async function enterTerminal(number: number): Promise<void> {
  await openTab('Terminal');
  await page.getByRole('tab', { name: `Terminal ${number}` }).click();
  await page.getByRole('status').filter({ hasText: /^\s*Connected/ }).waitFor({ timeout: PATIENCE_MS });
  await page.getByRole('group', { name: `Terminal ${number}` }).click();
}

/** Starts the server in this terminal, and goes back to what listens. */
async function serve(port: number, terminal: number): Promise<void> {
  await enterTerminal(terminal);
  const script = Buffer.from(previewedServer).toString('base64');
  await page.keyboard.insertText(`node --input-type=module -e "$(echo ${script} | base64 -d)" -- ${port} 127.0.0.1`);
  await page.keyboard.press('Enter');
  await openTab('Preview');
  await row(port).waitFor({ timeout: PATIENCE_MS });
}

/** Presses what opens a port; resolves with the new tab. */
async function open(port: number): Promise<Page> {
  const [tab] = await Promise.all([scene.person.context.waitForEvent('page'), page.getByRole('link', { name: `Open port ${port} in a new tab` }).click()]);
  keepPictureOfFailure(tab);
  await tab.waitForLoadState();
  return tab;
}

const heading = (name: string, on = preview): Promise<void> => on.getByRole('heading', { level: 1, name }).waitFor({ timeout: PATIENCE_MS });

describe('a preview', () => {
  it('of a web server that was started in the terminal is listed, and opens in a tab and on an origin of its own', async () => {
    await openTab('Preview');
    await page.getByRole('heading', { name: 'Nothing listens' }).waitFor();
    await openTab('Terminal');
    await page.getByRole('button', { name: 'Open a terminal' }).click();
    await serve(5173, 1);
    await row(5173).getByText('node').waitFor();
    preview = await open(5173);
    await preview.getByText('hello from 5173').waitFor();
    address = preview.url();
    expect(new URL(address).hostname).toBe(`p5173-${(workspace.split('/').at(-1) ?? '').replaceAll('-', '')}.localhost`);
    expect(await preview.evaluate(() => window.opener as unknown)).toBeNull();
    await row(5173).getByText(address).waitFor();
  });

  it('WEB-23 talks by WebSocket, and its server is told no cookie of Anyon, nor can its page read one', async () => {
    expect(await echoed(preview, 'a word there and back')).toBe('a word there and back');
    const { headers } = await preview.evaluate(async () => (await (await fetch('/headers')).json()) as { headers: Record<string, string> });
    expect(headers['host']).toBe('localhost:5173');
    expect(headers['cookie']).toBe('shared=1'); // its own, from the answer to the WebSocket
    expect(await preview.evaluate(() => document.cookie)).toBe('shared=1');
    expect(new Set((await scene.person.context.cookies()).map(({ domain }) => domain))).toEqual(new Set(['localhost', new URL(address).hostname]));
  });

  it('of a port on which nothing listens yet says so and waits, and is there when the server is', async () => {
    await page.getByLabel('Another port').fill('99999');
    await page.getByText('Ports end at 65535.').waitFor();
    await page.getByLabel('Another port').fill('8080');
    const waiting = await open(8080);
    await heading('Nothing listens on port 8080 in the workspace.', waiting);
    await openTab('Terminal');
    await page.getByRole('button', { name: 'New terminal' }).click();
    await serve(8080, 2);
    await waiting.getByText('hello from 8080').waitFor({ timeout: PATIENCE_MS });
    await waiting.close();
  });

  it('is refused, in words that lead to Anyon, to a browser that is not signed in and to a member whose workspace it is not', async () => {
    const ada = await scene.chromium.person({ viewport: { width: 390, height: 844 }, colorScheme: 'dark' });
    keepPictureOfFailure(ada.page);
    await visit(ada.page, new URL('/path?x=1', address).href);
    await heading('Open this preview from Anyon.', ada.page);
    expect(await sidewaysOverflow(ada.page)).toEqual({ pixels: 0, by: [] });
    const { ground, writing } = await lightness(ada.page);
    expect([ground < 0.2, writing > 0.8]).toEqual([true, true]);
    await ada.page.getByRole('link', { name: /^Open it by Anyon/ }).click();
    await ada.page.waitForURL('**/sign-in?to=*');
    await ada.page.getByRole('button', { name: 'Sign in with GitHub' }).click();
    await ada.page.waitForURL(`${workspace}?tab=preview&open=5173&path=%2Fpath%3Fx%3D1`);
    await ada.page.getByText('There is no such workspace, or it is not yours.').waitFor();
    await visit(ada.page, address);
    await heading('Open this preview from Anyon.', ada.page);
    await ada.page.getByRole('link', { name: /^Open it by Anyon/ }).click();
    await ada.page.getByText('There is no such workspace, or it is not yours.').waitFor();
    await ada.context.close();
  });

  it('that was asked for before a sign-in is what one lands on after it', async () => {
    const back = await scene.person.context.newPage();
    keepPictureOfFailure(back);
    await visit(back, `${workspace}?tab=preview&open=5173&path=${encodeURIComponent('/path?x=1')}`);
    await back.waitForURL(new URL('/path?x=1', address).href, { timeout: PATIENCE_MS });
    await back.getByText('hello from 5173').waitFor();
    await back.close();
  });

  it('fits a phone, and all that can be pressed has a name', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await row(8080).waitFor();
    expect(await sidewaysOverflow(page)).toEqual({ pixels: 0, by: [] });
    expect(await namelessControls(page)).toEqual([]);
    await page.bringToFront(); // of a tab behind others the colours do not come to rest
    await settled(page);
    expect(await seriousViolations(page)).toEqual({});
    await page.setViewportSize({ width: 1280, height: 800 });
    expect(scene.person.complaints.filter((complaint) => !complaint.includes('502 (Bad Gateway)'))).toEqual([]);
  });
});

describe('a preview that is open', () => {
  it('says that its server has ended, and is back with it', async () => {
    await enterTerminal(1);
    await page.keyboard.press('Control+c');
    await openTab('Preview');
    await row(5173).waitFor({ state: 'detached', timeout: PATIENCE_MS });
    await reload(preview);
    await heading('Nothing listens on port 5173 in the workspace.');
    await enterTerminal(1);
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await preview.getByText('hello from 5173').waitFor({ timeout: PATIENCE_MS });
  });

  it('is not opened while another program has the port of previews, which the tab and the System page say; then again by itself', async () => {
    await openTab('Preview');
    const another = http.createServer((_, response) => response.end('another program'));
    process.kill(scene.product.processes().preview?.pid ?? Number.NaN, 'SIGKILL');
    await takePort(another, Number(new URL(address).port));
    await page.getByText(/^Another program answers on port \d+, which is for previews\./).waitFor({ timeout: PATIENCE_MS });
    expect(await page.getByRole('link', { name: 'Open port 5173 in a new tab' }).count()).toBe(0);
    const system = await scene.person.context.newPage();
    await visit(system, `${scene.product.origin}/system`);
    await system.getByText(/^Another program answers on port/).waitFor({ timeout: PATIENCE_MS });
    await system.close();
    another.close();
    another.closeAllConnections();
    await page.getByRole('link', { name: 'Open port 5173 in a new tab' }).waitFor({ timeout: PATIENCE_MS });
  });

  it('ends with the sign-in, what is open of it as well, and the page says how it is had again', async () => {
    const other = await scene.chromium.person();
    keepPictureOfFailure(other.page);
    await signInAsOwner(other.page, await scene.product.setupAddress());
    await visit(other.page, `${workspace}?tab=preview`);
    const [shown] = await Promise.all([other.context.waitForEvent('page'), other.page.getByRole('link', { name: 'Open port 5173 in a new tab' }).click()]);
    await shown.getByText('hello from 5173').waitFor();
    await shown.evaluate(listen);
    await other.page.getByRole('button', { name: 'owner' }).click();
    await other.page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
    await other.page.waitForURL('**/sign-in');
    await shown.waitForFunction(() => document.title === 'closed', undefined, { timeout: PATIENCE_MS });
    await expect.poll(async () => (await shown.reload())?.status(), { timeout: PATIENCE_MS }).toBe(401);
    await heading('Open this preview from Anyon.', shown);
    await other.context.close();
    await reload(preview);
    await preview.getByText('hello from 5173').waitFor();
  });

  it('says that its workspace was stopped, there and in Anyon', async () => {
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await state(page, 'Stopped').waitFor({ timeout: 60_000 });
    await page.getByText('A preview needs a running workspace.').waitFor();
    await expect.poll(async () => (await preview.reload())?.status(), { timeout: PATIENCE_MS }).toBe(503);
    await heading('The workspace does not run.');
    await preview.getByRole('link', { name: 'The workspace, in Anyon' }).click();
    await preview.waitForURL(workspace);
  });
});

/** What comes back of a word that the page sends by WebSocket. */
function echoed(on: Page, word: string): Promise<string> {
  return on.evaluate(
    (said) =>
      new Promise<string>((resolve, reject) => {
        const socket = new WebSocket(`ws://${location.host}/`);
        socket.onopen = () => socket.send(said);
        socket.onmessage = ({ data }) => resolve(String(data));
        socket.onclose = () => reject(new Error('It was closed.'));
      }),
    word,
  );
}

/** Opens a WebSocket in the page; when it ends, its title says so. */
function listen(): Promise<void> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://${location.host}/`);
    socket.onopen = () => resolve();
    socket.onclose = () => (document.title = 'closed');
  });
}

/** Listens as soon as nobody does. */
function takePort(server: http.Server, port: number): Promise<void> {
  return new Promise((resolve) => {
    const listen = () => server.listen(port, '127.0.0.1');
    server.on('error', () => setTimeout(listen, 10));
    server.on('listening', resolve);
    listen();
  });
}
