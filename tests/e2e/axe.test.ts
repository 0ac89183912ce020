import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { plantHostileTexts } from '@/tests/e2e/hostile-rows';
import { openProductOnScreen, type ProductOnScreen } from '@/tests/e2e/product-on-screen';
import { seriousViolations, settled } from '@/tests/e2e/serious-violations';
import { startRun, state } from '@/tests/e2e/steps';
import { keepPictureOfFailure, visit } from '@/tests/setup/browser';

/** Every page, with something on it, judged by axe: nothing serious, on a desk and on a phone, in light and in dark. */
let scene: ProductOnScreen;
let page: Page;
let workspace: string;
/** Pages of rows that were written for them: a batch, and a workspace in which something is wrong. */
const planted = { batch: '', broken: '' };
/** A run each that is over, has failed, asks, and is at work. */
const runs = { done: '', failed: '', asking: '', live: '' };

beforeAll(async () => {
  scene = await openProductOnScreen();
  ({ page } = scene);
  workspace = `/workspaces/${await scene.enterGarden()}`;
  runs.done = await begin('Water the beds\n[[sim:bash cmd="seq 40; echo oh >&2"]][[sim:write path=src/paths.js content="export const paths = 3;\\n"]][[sim:edit path=README.md old=small new=large]][[sim:task cmd="echo part"]][[sim:text text="**Done**: see `paths.js`.\\n\\n- one\\n- two"]]');
  await state(page, 'Succeeded').waitFor({ timeout: 90_000 });
  runs.failed = await begin('[[sim:error status=400 message="no such thing"]]');
  await state(page, 'Failed').waitFor({ timeout: 90_000 });
  await visit(page, scene.product.origin + workspace);
  await page.getByRole('button', { name: /^What Claude may do without asking/ }).click();
  await page.getByRole('menuitem', { name: 'Ask before changes' }).click();
  runs.asking = `${workspace}/runs/${await startRun(page, '[[sim:bash cmd="touch a"]]')}`;
  await state(page, 'Needs you').waitFor({ timeout: 90_000 });
  runs.live = await begin('Watch the beds\n[[sim:bash cmd="seq 40; tail -f /dev/null" timeout=600000]]');
  await state(page, 'Running').waitFor({ timeout: 90_000 });
  const places = await plantHostileTexts(scene.product.dataDir, Array.from({ length: 50 }, (_, at) => `Some words ${at}`));
  planted.batch = places.find((place) => place.startsWith('/batches/')) ?? '';
  planted.broken = places.find((place) => /^\/workspaces\/[0-9a-f-]{36}$/.test(place)) ?? '';
});

afterAll(() => scene?.close());

beforeEach(() => keepPictureOfFailure(page));

async function begin(prompt: string): Promise<string> {
  await visit(page, scene.product.origin + workspace);
  return `${workspace}/runs/${await startRun(page, prompt)}`;
}

async function expectSound(place: string): Promise<void> {
  await visit(page, scene.product.origin + place);
  await page.getByRole('heading', { level: 1 }).first().waitFor();
  await settled(page);
  expect({ place, found: await seriousViolations(page) }).toEqual({ place, found: {} });
}

describe('nothing serious, by the rules of axe,', () => {
  it.each(['/', '/workspaces', '/workspaces/deleted', '/schedules', '/batches', '/search', '/search?q=seq', '/api-reference'])('is on %s', (place) => expectSound(place));

  it.each(['', '?tab=terminal', '?tab=metrics', '?tab=activity', '?tab=checkpoints', '?tab=settings'])('is on a workspace%s', (tab) => expectSound(workspace + tab));

  it.each(['batch', 'broken'] as const)('is on a page of what went wrong: %s', (place) => expectSound(planted[place]));

  it.each(['overview', 'tasks', 'differences', 'retention', 'network', 'templates'])('is on the system page: %s', (tab) => expectSound(`/system?tab=${tab}`));

  it.each(['connections', 'secrets', 'tokens', 'profile', 'people', 'alerts', 'audit'])('is in the settings: %s', (tab) => expectSound(`/settings?tab=${tab}`));

  it.each(['machine', 'people', 'github', 'claude', 'workspace'])('is in the setting-up: %s', (tab) => expectSound(`/welcome?tab=${tab}`));

  it.each(['done', 'failed', 'asking', 'live'] as const)('is on a run: %s', (run) => expectSound(runs[run]));

  it.each([/^Changes/, /^Log$/, /^Publish$/])('is on the tabs of a run that is over: %s', async (name) => {
    await visit(page, scene.product.origin + runs.done);
    await page.getByRole('tab', { name }).click();
    await settled(page);
    expect(await seriousViolations(page)).toEqual({});
  });

  it.each([
    ['New run', () => workspace, 'n'],
    ['Go to…', () => '/', 'Control+k'],
    ['Keys', () => '/', '?'],
    ['New workspace', () => '/workspaces', 'New workspace'],
    ['New schedule', () => '/schedules', 'New schedule'],
    ['Create an API token', () => '/settings?tab=tokens', 'Create token'],
    ['How long to keep: Logs of runs', () => '/system?tab=retention', 'Change the rule: Logs of runs'],
    ['Start again from', () => runs.done, 'Edit and retry'],
  ])('is in the dialog “%s”', async (title, place, opener) => {
    await visit(page, scene.product.origin + place());
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await settled(page);
    if (/^[a-z?]$|\+/i.test(opener)) await page.keyboard.press(opener);
    else await page.getByRole('button', { name: opener }).first().click();
    await page.getByRole('dialog', { name: title }).waitFor();
    expect(await seriousViolations(page)).toEqual({});
    await page.keyboard.press('Escape');
  });

  it('is on a terminal that is open', async () => {
    await visit(page, `${scene.product.origin}${workspace}?tab=terminal`);
    await page.getByRole('button', { name: 'Open a terminal' }).click();
    await page.locator('.xterm-rows').getByText('$').first().waitFor();
    expect(await seriousViolations(page)).toEqual({});
  });

  it('is at the doors, which anybody sees', async () => {
    const guest = await scene.chromium.person();
    keepPictureOfFailure(guest.page);
    const setup = await scene.product.setupAddress();
    for (const address of [`${scene.product.origin}/sign-in`, setup]) {
      await visit(guest.page, address);
      await guest.page.getByRole('heading', { level: 1 }).waitFor();
      expect({ address: new URL(address).pathname, found: await seriousViolations(guest.page) }).toEqual({ address: new URL(address).pathname, found: {} });
    }
    await guest.context.close();
  });
});
