import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { namelessControls, sidewaysOverflow } from '@/tests/e2e/page-checks';
import { openProductOnScreen, type ProductOnScreen } from '@/tests/e2e/product-on-screen';
import { createWorkspace, signInAsOwner, state } from '@/tests/e2e/steps';
import { keepPictureOfFailure, visit } from '@/tests/setup/browser';

/** What stands around runs: the way in, the board, the palette, schedules. */
let scene: ProductOnScreen;
let page: Page;
let workspaceId: string;

beforeAll(async () => {
  scene = await openProductOnScreen();
  ({ page } = scene);
});

afterAll(() => scene?.close());

beforeEach(() => keepPictureOfFailure(page));

const column = (name: string) => page.getByRole('region', { name, exact: true });

describe('setting up', () => {
  it('leads from an empty board through five steps to the first workspace', async () => {
    await signInAsOwner(page, await scene.product.setupAddress());
    await visit(page, `${scene.product.origin}/`);
    await page.getByRole('link', { name: 'Set up in five steps' }).click();
    await page.getByRole('heading', { name: 'This machine' }).waitFor();
    await page.getByText(/can work at once on this machine/).waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('/api/auth/callback/github').waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('heading', { name: 'Connect GitHub' }).waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('heading', { name: 'Connect Claude' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Connect Claude' }).waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    workspaceId = await createWorkspace(page, { repository: scene.repositories.url('garden') });
    expect(await page.getByLabel('What should Claude do?').inputValue()).toContain('NOTES.md');
  });
});

describe('the board', () => {
  it('begins a run by a key, and shows it at work and done without a reload', async () => {
    await visit(page, `${scene.product.origin}/`);
    await page.getByRole('heading', { name: 'Nothing running' }).waitFor();
    const watcher = await scene.person.context.newPage();
    await visit(watcher, `${scene.product.origin}/`);
    await page.keyboard.press('n');
    const dialog = page.getByRole('dialog', { name: 'New run' });
    await dialog.getByLabel('What should Claude do?').and(page.locator(':focus')).fill('[[sim:bash cmd="sleep 4"]][[sim:text text="The beds are watered."]]');
    await dialog.getByLabel('What should Claude do?').press('Control+Enter');
    await page.waitForURL(/\/runs\//);
    const working = watcher.getByRole('region', { name: 'Working', exact: true });
    await working.getByRole('link', { name: /sim:bash/ }).waitFor();
    const done = watcher.getByRole('region', { name: 'Done', exact: true });
    await done.getByRole('link', { name: /sim:bash/ }).waitFor();
    await done.getByText('The beds are watered.', { exact: true }).waitFor();
    await watcher.close();
  });

  it('keeps a prompt that was not sent, on other pages and after a reload, until its run has begun', async () => {
    const prompt = '[[sim:text text="The roses are pruned."]]';
    await visit(page, `${scene.product.origin}/workspaces/${workspaceId}`);
    await page.getByLabel('What should Claude do?').fill(prompt);
    await page.getByRole('link', { name: 'Board' }).first().click();
    await column('Done').waitFor();
    const dialog = page.getByRole('dialog', { name: 'New run' });
    const kept = async () => {
      await page.keyboard.press('n');
      return dialog.getByLabel('What should Claude do?').inputValue();
    };
    expect(await kept()).toBe(prompt);
    await page.reload();
    await column('Done').waitFor();
    expect(await kept()).toBe(prompt);
    await page.keyboard.type(' '); // goes on behind what was kept
    expect(await dialog.getByLabel('What should Claude do?').inputValue()).toBe(`${prompt} `);
    await dialog.getByLabel('What should Claude do?').press('Control+Enter');
    await page.waitForURL(/\/runs\//);
    await state(page, 'Succeeded').waitFor({ timeout: 60_000 });
    await visit(page, `${scene.product.origin}/workspaces/${workspaceId}`);
    expect(await page.getByLabel('What should Claude do?').inputValue()).toBe('');
  });

  it('keeps a bad end before everybody’s eyes until it is dismissed', async () => {
    await visit(page, `${scene.product.origin}/workspaces/${workspaceId}`);
    await page.getByLabel('What should Claude do?').fill('[[sim:error status=400 message="no such thing"]]');
    await page.getByLabel('What should Claude do?').press('Control+Enter');
    await page.waitForURL(/\/runs\//);
    await state(page, 'Failed').waitFor({ timeout: 60_000 });
    await page.getByRole('link', { name: 'Board' }).first().click();
    await column('Needs you').getByText('Failed').waitFor();
    await page.getByRole('link', { name: /Board\s*, 1 needs you/ }).first().waitFor();
    await column('Needs you').getByRole('button', { name: /^Dismiss run/ }).click();
    await column('Needs you').getByText('Nobody waits for you.').waitFor();
    await column('Done').getByText('Failed').waitFor();
  });
});

describe('the palette', () => {
  it('goes to a page, a workspace and a run by a few letters, and begins a run', async () => {
    const palette = page.getByRole('dialog', { name: 'Go to…' });
    const go = async (text: string) => {
      await page.keyboard.press('Control+k');
      await palette.getByRole('combobox').waitFor();
      await page.keyboard.type(text);
      await palette.getByRole('option').first().waitFor();
      await page.keyboard.press('Enter');
    };
    await go('sched');
    await page.waitForURL('**/schedules');
    await go('garden');
    await page.waitForURL(`**/workspaces/${workspaceId}`);
    await go('new run');
    await page.getByRole('dialog', { name: 'New run' }).waitFor();
    await page.keyboard.press('Escape');
  });

  it('and all other pages are reached from the bar of a phone, whose five places are large enough for a thumb', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    const bar = page.getByRole('navigation', { name: 'Main' });
    const places = bar.locator('> a, > button');
    expect(await places.evaluateAll((all) => all.map((place) => ({ large: Math.min(place.clientWidth, place.clientHeight) >= 44, label: Number.parseFloat(getComputedStyle(place).fontSize) >= 11 })))).toEqual(Array.from({ length: 5 }, () => ({ large: true, label: true })));
    await bar.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Go to…' }).click();
    await page.getByRole('dialog', { name: 'Go to…' }).getByRole('combobox').waitFor();
    await page.keyboard.press('Escape');
    await bar.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Settings' }).click();
    await page.waitForURL('**/settings');
    await page.setViewportSize({ width: 1280, height: 800 });
  });
});

describe('schedules', () => {
  it('are made, run at once and removed', async () => {
    await visit(page, `${scene.product.origin}/schedules`);
    await page.getByRole('button', { name: 'New schedule' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Name').fill('Weeding');
    await form.getByLabel('Workspace', { exact: true }).selectOption({ label: 'garden' });
    await form.getByLabel('What should Claude do?').fill('[[sim:text text="No weeds."]]');
    await form.getByLabel('When').selectOption({ label: 'A pattern of your own' });
    await form.getByLabel('Pattern').fill('* * * * *');
    await form.getByText('at most every five minutes').waitFor();
    await form.getByLabel('Pattern').fill('30 6 * * 2');
    await form.getByText(/^Next: Tue/).waitFor();
    await form.getByRole('button', { name: 'Create schedule' }).click();
    await page.getByText('Every Tuesday at 06:30').waitFor();
    await page.getByRole('button', { name: 'Actions for Weeding' }).click();
    await page.getByRole('menuitem', { name: 'Run now' }).click();
    await page.getByRole('link', { name: /^Last run #/ }).waitFor({ timeout: 30_000 });
    await page.getByRole('button', { name: 'Actions for Weeding' }).click();
    await page.getByRole('menuitem', { name: 'Remove…' }).click();
    await page.getByRole('button', { name: 'Remove it' }).click();
    await page.getByRole('heading', { name: 'No schedules' }).waitFor();
  });
});

describe('every one of these pages', () => {
  it.each([
    ['on a desk, in the dark', { colorScheme: 'dark' as const }],
    ['on a phone', { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }],
  ])('fits the screen and names its controls: %s', async (_name, options) => {
    const viewer = await scene.chromium.person(options);
    keepPictureOfFailure(viewer.page);
    await signInAsOwner(viewer.page, await scene.product.setupAddress());
    for (const path of ['/', '/schedules', '/welcome', '/welcome?tab=people', '/welcome?tab=claude', '/welcome?tab=workspace', '/search']) {
      await visit(viewer.page, `${scene.product.origin}${path}`);
      await viewer.page.getByRole('heading', { level: 1 }).first().waitFor();
      await viewer.page.getByText('Simulator in use').waitFor();
      expect([path, await sidewaysOverflow(viewer.page)]).toEqual([path, { pixels: 0, by: [] }]);
      expect([path, await namelessControls(viewer.page)]).toEqual([path, []]);
    }
    await viewer.context.close();
  });

  it('says calmly that the server does not answer, and goes on by itself when it does again', async () => {
    const viewer = await scene.chromium.person();
    keepPictureOfFailure(viewer.page);
    await signInAsOwner(viewer.page, await scene.product.setupAddress());
    await viewer.context.route('**/api/trpc/**', (route) => route.abort());
    await visit(viewer.page, `${scene.product.origin}/`);
    const away = viewer.page.getByText('The server does not answer. Nothing is lost');
    await away.waitFor();
    await viewer.context.unroute('**/api/trpc/**');
    await away.waitFor({ state: 'detached' });
    await viewer.page.getByRole('region', { name: 'Done', exact: true }).getByRole('link').first().waitFor();
    await viewer.context.close();
  });

  it('met no error in the console on the whole way', () => {
    expect(scene.person.complaints).toEqual([]);
  });
});
