import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bridgeGateway } from '@/scripts/demo/bridge-gateway.mjs';
import { createRepository, startGitHttpServer } from '@/scripts/demo/git-http-server.mjs';
import { startFakeGitHub, type FakeGitHub } from '@/tests/fakes/fake-github';
import { fakeRepository, type FakeRepository } from '@/tests/fakes/fake-github-repositories';
import { namelessControls, sidewaysOverflow } from '@/tests/e2e/page-checks';
import { createWorkspace, signInAsOwner, startRun, state } from '@/tests/e2e/steps';
import { keepPictureOfFailure, openChromium, type Person, type TestChromium, visit } from '@/tests/setup/browser';
import { startGuardedGit, type GuardedGit } from '@/tests/setup/guarded-git';
import { startRunningProduct, type RunningProduct } from '@/tests/setup/running-product';

/** From the changes of a run to a pull request, in a real browser: real git that wants a sign-in, and a stand-in for GitHub's API. The tests follow one another. */
let directory: string;
let served: Awaited<ReturnType<typeof startGitHttpServer>>;
let git: GuardedGit;
let gitHub: FakeGitHub;
let repository: FakeRepository;
let product: RunningProduct;
let chromium: TestChromium;
let person: Person;
let page: Page;
let runAddress: string;

const onServer = (...argv: string[]) => execFileSync('git', ['-c', 'safe.directory=*', '-C', path.join(directory, 'octo', 'plans.git'), ...argv], { encoding: 'utf8' }).trim();

beforeAll(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-e2e-git-'));
  createRepository({ directory, name: 'octo/plans', files: { 'README.md': '# Plans\n' } });
  const host = await bridgeGateway(process.env['DOCKER_HOST']);
  [served, gitHub] = await Promise.all([startGitHttpServer({ directory, host }), startFakeGitHub()]);
  git = await startGuardedGit(served.url, host);
  repository = fakeRepository('octo/plans', [gitHub.user.login], { tipOf: (branch) => onServer('rev-parse', `refs/heads/${branch}`) });
  Object.defineProperty(repository, 'branches', { get: () => onServer('for-each-ref', '--format=%(refname:short)', 'refs/heads').split('\n') });
  gitHub.repositories = [repository];
  const env = { ANYON_GITHUB_URL: git.url, ANYON_GITHUB_API_URL: gitHub.apiUrl, ANYON_EGRESS_PRIVATE: git.host };
  [product, chromium] = await Promise.all([startRunningProduct({ env }), openChromium()]);
  person = await chromium.person();
  page = person.page;
  await signInAsOwner(page, await product.setupAddress());
  await connectGitHub();
  await visit(page, `${product.origin}/workspaces`);
  await createWorkspace(page, { repository: `${git.url}/octo/plans.git` });
  await startRun(page, 'Plan the beds. [[sim:write path=beds.txt content="beans\\n"]] [[sim:text text="The beds are planned."]]');
  await state(page, 'Succeeded').waitFor({ timeout: 90_000 });
  runAddress = page.url();
});

afterAll(async () => {
  await chromium?.close();
  await product?.close();
  await Promise.all([git?.close(), served?.close(), gitHub?.close()]);
  rmSync(directory, { recursive: true, force: true });
});

beforeEach(() => keepPictureOfFailure(page));

/** By a token that GitHub knows; git takes that one from then on. */
async function connectGitHub(): Promise<void> {
  const { value } = gitHub.tokens.add(gitHub.user);
  git.accept(gitHub.user.login, value);
  await visit(page, `${product.origin}/settings?tab=connections`);
  const card = page.getByRole('region', { name: 'GitHub', exact: true });
  await card.getByRole('button', { name: 'Paste a token' }).click();
  const form = page.getByRole('dialog', { name: 'Connect GitHub with a token' });
  await form.getByLabel('Token').fill(value);
  await form.getByRole('button', { name: 'Connect' }).click();
  await form.waitFor({ state: 'hidden' });
  await card.getByRole('heading', { name: /as octocat/ }).waitFor();
}

const openPublish = async () => {
  await visit(page, runAddress);
  await page.getByRole('tab', { name: 'Publish' }).click();
  await section('This branch').waitFor();
};
const section = (name: string | RegExp) => page.getByRole('region', { name, exact: typeof name === 'string' });

describe('publishing what a run has changed', () => {
  it('commits it with the proposed message, as the person', async () => {
    await openPublish();
    await section('Commit').getByText(/^Author: The Octocat/).waitFor();
    const message = section('Commit').getByLabel('Message');
    await expect.poll(() => message.inputValue()).toContain('Plan the beds');
    expect(await namelessControls(page)).toEqual([]);
    await section('Commit').getByRole('button', { name: 'Commit' }).click();
    await section('This branch').getByRole('listitem').getByText(/Plan the beds/).waitFor();
    await section('Commit').waitFor({ state: 'hidden' });
  });

  it('pushes it to a branch of its own', async () => {
    const branch = await section('Push').getByLabel('Branch on the remote').inputValue();
    await section('Push').getByRole('button', { name: 'Push', exact: true }).click();
    await section('Push').getByText(`Pushed to ${branch}.`).waitFor();
    expect(onServer('show', `${branch}:beds.txt`)).toBe('beans');
    expect(onServer('log', '-1', '--format=%an', branch)).toBe('The Octocat');
  });

  it('opens a draft pull request and shows how its checks stand', async () => {
    const form = section('Pull request');
    await expect.poll(() => form.getByLabel('Title').inputValue()).toContain('Plan the beds');
    await form.getByRole('checkbox', { name: 'Open as a draft' }).check();
    await form.getByRole('button', { name: 'Open draft pull request' }).click();
    const card = section('Pull request #1');
    await card.getByText(/^Draft · /).waitFor();
    expect(await card.getByRole('link', { name: /\/octo\/plans\/pull\/1/ }).getAttribute('rel')).toContain('noopener');
    expect(repository.pulls).toMatchObject([{ draft: true, title: expect.stringContaining('Plan the beds') as string }]);
    repository.pulls[0]?.checks.push({ name: 'unit tests', status: 'completed', conclusion: 'failure' }, { name: 'lint', status: 'completed', conclusion: 'success' });
    await card.getByRole('button', { name: 'Ask GitHub again' }).click();
    await card.getByText('1 of 2 checks failed').waitFor();
    await card.getByRole('listitem').filter({ hasText: 'unit tests' }).getByText('Failed').waitFor();
    await card.getByRole('listitem').filter({ hasText: 'lint' }).getByText('Passed').waitFor();
  });

  it('fits a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await openPublish();
    expect(await sidewaysOverflow(page)).toEqual({ pixels: 0, by: [] });
    expect(await namelessControls(page)).toEqual([]);
    await page.setViewportSize({ width: 1280, height: 800 });
  });
});

describe('without a GitHub connection', () => {
  it('says what to do, and leads there', async () => {
    await visit(page, `${product.origin}/settings?tab=connections`);
    await page.getByRole('button', { name: 'Disconnect…' }).first().click();
    await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
    await page.getByRole('region', { name: 'GitHub', exact: true }).getByRole('heading', { name: 'Not connected' }).waitFor();
    await openPublish();
    await page.getByText('Committing works without it.').waitFor();
    await page.getByRole('link', { name: 'Connect GitHub' }).first().click();
    await page.waitForURL('**/settings?tab=connections');
    expect(person.complaints).toEqual([]);
  });
});
