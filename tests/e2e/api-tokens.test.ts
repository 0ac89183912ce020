import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { namelessControls, sidewaysOverflow } from '@/tests/e2e/page-checks';
import { openProductOnScreen, type ProductOnScreen } from '@/tests/e2e/product-on-screen';
import { signInAsOwner } from '@/tests/e2e/steps';
import { keepPictureOfFailure, visit } from '@/tests/setup/browser';

/** A person gives a program a way in, sees that it is used, and takes it away. The tests follow one another. */
let scene: ProductOnScreen;
let page: Page;
/** What the dialog has shown, as the program keeps it. */
let value: string;

beforeAll(async () => {
  scene = await openProductOnScreen();
  ({ page } = scene);
  await signInAsOwner(page, await scene.product.setupAddress());
});
afterAll(() => scene?.close());
beforeEach(() => keepPictureOfFailure(page));

/** The address that `anyon login` names. */
const openTokens = () => visit(page, `${scene.product.origin}/settings?tab=tokens`);
const dialog = () => page.getByRole('dialog');
const row = (name: string) => page.getByRole('listitem').filter({ hasText: name });

/** As a program asks: with the token and without a cookie. */
async function ask(path: string, init: RequestInit = {}): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${scene.product.origin}/api/v1${path}`, { ...init, headers: { authorization: `Bearer ${value}`, 'content-type': 'application/json' } });
  return { status: answer.status, body: await answer.json() };
}

describe('an API token', () => {
  it('is made with a name and what it may do, and shown once', async () => {
    await openTokens();
    await page.getByRole('tab', { name: 'API tokens', selected: true }).waitFor();
    await page.getByRole('heading', { name: 'No API tokens' }).waitFor();
    await page.getByRole('button', { name: 'Create token' }).first().click();
    await dialog().getByLabel('Read').uncheck();
    await dialog().getByRole('button', { name: 'Create token' }).click();
    await dialog().getByText('Say what the token is for.').waitFor();
    await dialog().getByText('Choose at least one thing that the token may do.').waitFor();
    await dialog().getByRole('textbox', { name: 'Name' }).fill('Nightly checks');
    await dialog().getByLabel('Read').check();
    await dialog().getByLabel('Ends').selectOption('in 30 days');
    await dialog().getByRole('button', { name: 'Create token' }).click();
    const shown = dialog().getByLabel('Value of Nightly checks');
    await shown.waitFor();
    value = (await shown.textContent()) ?? '';
    expect(value).toMatch(/^anyon_[0-9A-Za-z]{38}$/);
    await dialog().getByRole('button', { name: 'I have copied it' }).click();
    await row('Nightly checks').getByText('Never used').waitFor();
    await row('Nightly checks').getByText(/^Ends in (29|30)d$/).waitFor();
    expect(await page.content()).not.toContain(value);
  });

  it('lets a program in for what was chosen, and for nothing else', async () => {
    expect(await ask('/me')).toMatchObject({ status: 200, body: { person: { login: 'owner' }, token: { scopes: ['read'] } } });
    expect(await ask('/workspaces')).toMatchObject({ status: 200 });
    const refused = await ask('/workspaces', { method: 'POST', body: JSON.stringify({ repositoryUrl: scene.repositories.url('garden') }) });
    expect(refused).toMatchObject({ status: 403 });
    await openTokens();
    await row('Nightly checks').getByText(/^Used/).waitFor();
    await row('Nightly checks').getByText(/from (127\.0\.0\.1|::1)/).waitFor();
  });

  it('is revoked by a click that says what that means; its program is refused at once', async () => {
    await row('Nightly checks').getByRole('button', { name: 'Revoke Nightly checks' }).click();
    await dialog().getByText('It cannot be brought back.').waitFor();
    await dialog().getByRole('button', { name: 'Revoke it' }).click();
    await page.getByRole('heading', { name: 'No API tokens' }).waitFor();
    expect(await ask('/me')).toMatchObject({ status: 401 });
    await visit(page, `${scene.product.origin}/settings?tab=audit`);
    await page.getByText('Nightly checks').first().waitFor();
    expect(await page.content()).not.toContain(value);
  });
});

describe('what programs are told', () => {
  it('stands on the API reference, one click from the tokens, with a command for each operation', async () => {
    await openTokens();
    await page.getByRole('link', { name: 'API reference' }).click();
    await page.getByRole('heading', { level: 1, name: 'API reference' }).waitFor();
    await page.getByRole('navigation', { name: 'Operations' }).getByRole('link', { name: 'Start a run' }).click();
    await page.getByText(/curl .*-X POST/s).filter({ visible: true }).first().waitFor();
  });

  it('and the program anyon are had without a sign-in', async () => {
    const program = await fetch(`${scene.product.origin}/cli/anyon.mjs`, { method: 'HEAD' });
    expect({ status: program.status, type: program.headers.get('content-type') }).toEqual({ status: 200, type: expect.stringContaining('javascript') as string });
  });

  it('fits a phone, and all that can be pressed has a name', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const place of ['/settings?tab=tokens', '/api-reference']) {
      await visit(page, scene.product.origin + place);
      await page.getByRole('heading', { level: 1 }).waitFor();
      expect({ place, ...(await sidewaysOverflow(page)) }).toEqual({ place, pixels: 0, by: [] });
      expect({ place, nameless: await namelessControls(page) }).toEqual({ place, nameless: [] });
    }
    expect(scene.person.complaints).toEqual([]);
  });
});
