import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { startFakeGitHub, type FakeGitHub, type FakeGitHubUser } from '@/tests/fakes/fake-github';
import { serveRepositories, type Repositories } from '@/tests/e2e/repositories';
import { createWorkspace, logState, signInAsOwner, startRun } from '@/tests/e2e/steps';
import { keepPictureOfFailure, openChromium, type Person, type TestChromium, visit } from '@/tests/setup/browser';
import { startRunningProduct, type RunningProduct } from '@/tests/setup/running-product';

/** Sign-in by GitHub in a real browser: real redirects between two origins, with state, PKCE and issuer. */
const ADA: FakeGitHubUser = { id: 1815, login: 'ada', name: 'Ada', email: null, avatar_url: '' };
const STRANGER: FakeGitHubUser = { id: 666, login: 'stranger', name: null, email: null, avatar_url: '' };

let github: FakeGitHub;
let product: RunningProduct;
let repositories: Repositories;
let chromium: TestChromium;
let visitor: Person;
let page: Page;

beforeAll(async () => {
  github = await startFakeGitHub();
  const env = {
    AUTH_GITHUB_ID: github.clientId,
    AUTH_GITHUB_SECRET: github.clientSecret,
    ANYON_GITHUB_URL: github.url,
    ANYON_GITHUB_API_URL: github.apiUrl,
    ANYON_ALLOWED_GITHUB_IDS: `7, ${ADA.id}`,
  };
  repositories = await serveRepositories();
  [product, chromium] = await Promise.all([startRunningProduct({ env: { ...env, ...repositories.env } }), openChromium()]);
});

afterAll(async () => {
  await Promise.all([chromium?.close(), repositories?.close()]);
  await product?.close();
  await github?.close();
});

beforeEach(async () => {
  visitor = await chromium.person();
  page = visitor.page;
  github.faults = {};
  github.requests.length = 0;
  keepPictureOfFailure(page);
  return () => visitor.context.close();
});

/** Presses the button on /sign-in; GitHub's side is signed in as `user`. */
async function goToGitHub(user: FakeGitHubUser): Promise<void> {
  github.user = user;
  await visit(page, `${product.origin}/sign-in`);
  await page.getByRole('button', { name: 'Sign in with GitHub' }).click();
}

async function isSignedOut(): Promise<void> {
  await visit(page, `${product.origin}/workspaces`);
  await page.waitForURL('**/sign-in');
}

describe('signing in with GitHub', () => {
  it('lets in a person on the list, by GitHub and back, in one click', async () => {
    await goToGitHub(ADA);
    await page.waitForURL(`${product.origin}/`);
    await page.getByRole('heading', { name: 'Nothing running' }).waitFor();
    await page.getByRole('button', { name: 'ada' }).click();
    await page.getByText('Member').waitFor();
    expect(github.requests).toEqual(['GET /login/oauth/authorize', 'POST /login/oauth/access_token', 'GET /api/v3/user']);
    expect(visitor.complaints).toEqual([]);
  });

  it('refuses a person who is not on the list, and says who can help', async () => {
    await goToGitHub(STRANGER);
    await page.getByText('This GitHub account may not sign in here. Ask the administrator to add your numeric GitHub id to the list.').waitFor();
    expect(new URL(page.url()).pathname).toBe('/sign-in');
    await isSignedOut();
  });

  it.each([
    ['another state than it was sent with', { state: 'forged' }, /Signing in with GitHub did not work|GitHub did not sign you in/],
    ['the issuer of another server', { issuer: 'http://evil.example/login/oauth' }, /Signing in with GitHub did not work|GitHub did not sign you in/],
    ['a no', { denies: true }, /GitHub did not sign you in. Try again/],
  ])('signs nobody in when GitHub comes back with %s', async (_, faults, sentence) => {
    github.faults = faults;
    await goToGitHub(ADA);
    await page.getByText(sentence).waitFor();
    expect(new URL(page.url()).pathname).toBe('/sign-in');
    expect(github.requests).toEqual(['GET /login/oauth/authorize']);
    await isSignedOut();
  });
});

describe('a member', () => {
  it('sees nothing of what belongs to the owner: it does not exist for them', async () => {
    const owner = await chromium.person();
    await signInAsOwner(owner.page, await product.setupAddress());
    const workspaceId = await createWorkspace(owner.page, { repository: repositories.url('garden') });
    const runId = await startRun(owner.page, 'Say hello. [[sim:text text="a word for the owner alone"]]');
    await logState(owner.page, 'ended').waitFor({ timeout: 60_000 });
    await owner.page.getByRole('region', { name: 'Run output' }).getByText('a word for the owner alone').first().waitFor();
    await owner.context.close();

    await goToGitHub(ADA);
    await page.waitForURL(`${product.origin}/`);
    await visit(page, `${product.origin}/workspaces`);
    await page.getByRole('heading', { name: 'No workspaces yet' }).waitFor();
    await visit(page, `${product.origin}/workspaces/${workspaceId}`);
    await page.getByText('There is no such workspace, or it is not yours.').waitFor();
    await visit(page, `${product.origin}/workspaces/${workspaceId}/runs/${runId}`);
    await page.getByText('There is no such run, or it is not yours.').waitFor();
    expect(await page.getByText('a word for the owner alone').count()).toBe(0);
    const log = await page.request.get(`${product.origin}/api/runs/${runId}/log?stream=out`);
    expect([log.status(), await log.json()]).toEqual([404, { kind: 'not_found', message: 'There is no such run, or it is not yours.' }]);
  });
});
