import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { startFakeGitHub, type FakeGitHub } from '@/tests/fakes/fake-github';
import { fakeRepository } from '@/tests/fakes/fake-github-repositories';
import { namelessControls, sidewaysOverflow } from '@/tests/e2e/page-checks';
import { signInAsOwner } from '@/tests/e2e/steps';
import { keepPictureOfFailure, openChromium, type Person, type TestChromium, visit } from '@/tests/setup/browser';
import { startRunningProduct, type RunningProduct } from '@/tests/setup/running-product';

/** Connecting GitHub in a real browser, and choosing a repository by the keyboard. The tests follow one another. */
let github: FakeGitHub;
let product: RunningProduct;
let chromium: TestChromium;
let owner: Person;
let page: Page;

beforeAll(async () => {
  github = await startFakeGitHub();
  github.repositories = [
    fakeRepository('octocat/hello-world', ['octocat'], { defaultBranch: 'trunk', branches: ['trunk', 'work/one', 'work/two'] }),
    fakeRepository('octocat/hello-again', ['octocat'], { pushedAt: new Date(0), private: true }),
    fakeRepository('octocat/other', ['octocat'], { pushedAt: new Date(1) }),
  ];
  const env = { AUTH_GITHUB_ID: github.clientId, AUTH_GITHUB_SECRET: github.clientSecret, ANYON_GITHUB_URL: github.url };
  [product, chromium] = await Promise.all([startRunningProduct({ env }), openChromium()]);
  github.callbackUrl = `${product.origin}/api/auth/callback/github`;
  owner = await chromium.person();
  page = owner.page;
  await signInAsOwner(page, await product.setupAddress());
});
afterAll(async () => {
  await chromium?.close();
  await product?.close();
  await github?.close();
});

const card = () => page.getByRole('region', { name: 'GitHub', exact: true });

describe('the GitHub connection', () => {
  it('is made by consent on GitHub, in one click', async () => {
    keepPictureOfFailure(page);
    await visit(page, `${product.origin}/settings?tab=connections`);
    await card().getByRole('heading', { name: 'Not connected' }).waitFor();
    await card().getByRole('button', { name: 'Connect GitHub' }).click();
    await card().getByText('GitHub is connected.').waitFor();
    await card().getByRole('heading', { name: 'as octocat on localhost' }).waitFor();
    await card().getByText('all repositories, organisations (reading), workflows of GitHub Actions').waitFor();
    expect(await namelessControls(page)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 800 });
    expect(await sidewaysOverflow(page)).toEqual({ pixels: 0, by: [] });
    await page.setViewportSize({ width: 1280, height: 800 });
    expect(owner.complaints).toEqual([]);
  });

  it('offers repositories and branches as one types, by the keyboard alone', async () => {
    keepPictureOfFailure(page);
    await visit(page, `${product.origin}/workspaces`);
    await page.getByRole('button', { name: 'New workspace' }).first().click();
    const form = page.getByRole('dialog', { name: 'New workspace' });
    const field = form.getByRole('combobox', { name: 'Repository' });
    await field.pressSequentially('hello');
    await expect.poll(() => form.getByRole('listbox').getByRole('option').count(), { timeout: 20_000 }).toBe(2);
    expect(await namelessControls(page)).toEqual([]);
    await page.keyboard.press('ArrowDown');
    expect(await form.getByRole('listbox').getByRole('option', { selected: true }).innerText()).toContain('octocat/hello-again');
    await page.keyboard.press('Escape');
    expect(await form.getByRole('listbox').count()).toBe(0);
    expect(await form.isVisible()).toBe(true);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await field.inputValue()).toBe(`${github.url}/octocat/hello-world.git`);
    const branch = form.getByRole('combobox', { name: 'Branch' });
    expect(await branch.inputValue()).toBe('trunk');
    await branch.click();
    await form.getByRole('listbox').getByRole('option', { name: 'work/two' }).click();
    expect(await branch.inputValue()).toBe('work/two');
    await page.keyboard.press('Escape');
    await form.waitFor({ state: 'hidden' });
    expect(owner.complaints).toEqual([]);
  });

  it('takes a pasted token only when GitHub knows it', async () => {
    keepPictureOfFailure(page);
    await visit(page, `${product.origin}/settings`);
    await card().getByRole('button', { name: 'Use a token instead' }).click();
    const form = page.getByRole('dialog', { name: 'Replace the GitHub token' });
    const field = form.getByLabel('Token');
    expect(await field.getAttribute('type')).toBe('password');
    expect(await form.getByRole('link').getAttribute('href')).toBe(`${github.url}/settings/tokens/new?description=Anyon&scopes=repo%2Cread%3Aorg%2Cworkflow`);
    await field.fill('ghp_madeupmadeupmadeup');
    await form.getByRole('button', { name: 'Replace token' }).click();
    await form.getByText('GitHub does not know this token').waitFor();
    const token = github.tokens.add(github.user, { scopes: ['read:org'], expiresAt: new Date(Date.now() + 5.5 * 24 * 3_600_000) });
    await field.fill(token.value);
    await form.getByRole('button', { name: 'Replace token' }).click();
    await form.waitFor({ state: 'hidden' });
    await card().getByText('The token lacks the scope “repo”').waitFor();
    await card().getByText('The token ends in 5 days.').waitFor();
    expect(await page.content()).not.toContain(token.value);
    token.revoked = true;
    await card().getByRole('button', { name: 'Check now' }).click();
    await card().getByText(/was revoked, has expired/).waitFor();
  });

  it('is taken away after it was said what stops working', async () => {
    keepPictureOfFailure(page);
    await card().getByRole('button', { name: 'Disconnect…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Disconnect GitHub?' });
    await dialog.getByText('Your workspaces can no longer clone, fetch or push private repositories').waitFor();
    await dialog.getByRole('button', { name: 'Disconnect' }).click();
    await card().getByRole('heading', { name: 'Not connected' }).waitFor();
  });
});
