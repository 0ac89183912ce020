import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { bridgeGateway } from '@/scripts/demo/bridge-gateway.mjs';
import { createRepository, startGitHttpServer } from '@/scripts/demo/git-http-server.mjs';
import { createWorkspace, signInAsOwner, startRun, state } from '@/tests/e2e/steps';
import { startFakeGitHub, type FakeGitHub } from '@/tests/fakes/fake-github';
import { keepPictureOfFailure, openChromium, visit, type Person, type TestChromium } from '@/tests/setup/browser';
import { startRunningProduct, type RunningProduct } from '@/tests/setup/running-product';

/** A person's own secret where it comes by mistake: printed in a terminal it is stars, and no form takes it that gives words away or keeps them. In this order. */
const secret = randomBytes(24).toString('base64url');
const stars = '*'.repeat(secret.length);

let directory: string;
let git: { url: string; close: () => Promise<void> };
let gitHub: FakeGitHub;
let product: RunningProduct;
let chromium: TestChromium;
let person: Person;
let page: Page;
let workspaceId: string;

beforeAll(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-e2e-git-'));
  createRepository({ directory, name: 'octo/plans', files: { 'README.md': '# Plans\n' } });
  [git, gitHub] = await Promise.all([startGitHttpServer({ directory, host: await bridgeGateway(process.env['DOCKER_HOST']) }), startFakeGitHub()]);
  const env = { ANYON_GITHUB_URL: git.url, ANYON_GITHUB_API_URL: gitHub.apiUrl, ANYON_EGRESS_PRIVATE: new URL(git.url).host };
  [product, chromium] = await Promise.all([startRunningProduct({ env }), openChromium()]);
  const { client } = await product.signIn();
  await client.secrets.set.mutate({ name: 'HOUSE_KEY', value: secret });
  await client.connections.gitHub.connect.mutate({ token: gitHub.tokens.add(gitHub.user).value });
  person = await chromium.person();
  page = person.page;
  await signInAsOwner(page, await product.setupAddress());
  workspaceId = await createWorkspace(page, { repository: `${git.url}/octo/plans.git`, name: 'plans' });
});

afterAll(async () => {
  await chromium?.close();
  await product?.close();
  await Promise.all([git?.close(), gitHub?.close()]);
  rmSync(directory, { recursive: true, force: true });
});

beforeEach(() => keepPictureOfFailure(page));

const rows = () => page.getByRole('group', { name: 'Terminal 1' }).locator('.xterm-rows > div');
const shown = async () => (await rows().allInnerTexts()).map((row) => row.replaceAll('\u00a0', ' ').trimEnd()).join('\n');
const shows = (text: string) => expect.poll(shown, { timeout: 20_000, interval: 100 }).toContain(text);

async function type(line: string): Promise<void> {
  await page.keyboard.type(line);
  await page.keyboard.press('Enter');
}

/** The colour in which this text stands in the terminal; null where it does not stand in one piece. */
function colorOf(text: string): Promise<string | null> {
  return rows().locator('span').evaluateAll((spans, wanted) => spans.filter((span) => span.textContent === wanted).map((span) => getComputedStyle(span).color)[0] ?? null, text);
}

it('a terminal shows stars where a file with a secret is printed, and leaves the colours of programs as they are', async () => {
  await visit(page, `${product.origin}/workspaces/${workspaceId}?tab=terminal`);
  await page.getByRole('button', { name: 'Open a terminal' }).click();
  await page.getByRole('status').filter({ hasText: /^\s*Connected/ }).waitFor({ timeout: 30_000 });
  // In two halves: what is typed letter by letter is on the screen of who types it.
  await type(`printf 'begin %s%s end\\n' ${secret.slice(0, 16)} ${secret.slice(16)} > note; clear; cat note`);
  await shows(`begin ${stars} end`);
  await type('mkdir beds; grep --color=always -E "begin|end" note; ls --color=always -d beds; echo printed-$((40 + 2))');
  await shows('printed-42');
  expect(await shown()).not.toContain(secret);
  const [begin, folder] = [await colorOf('begin'), await colorOf('beds')];
  expect([begin, folder]).not.toContain(null);
  expect(begin).not.toBe(folder);
  await type(String.raw`clear; for i in 1 2 3 4 5 6; do printf '\033[3%dmcolour %d\033[m\n' $i $i; done; cat note`);
  await shows('colour 6');
  await shows(stars);
  const colours = await Promise.all([1, 2, 3, 4, 5, 6].map((number) => colorOf(`colour ${number}`)));
  expect(new Set(colours).size).toBe(6);
  expect(colours).not.toContain(null);
});

it('a commit and a pull request with it are refused in words, beside what was typed, and nothing is made', async () => {
  await visit(page, `${product.origin}/workspaces/${workspaceId}`);
  await startRun(page, 'Plan the beds. [[sim:write path=beds.txt content="beans\\n"]] [[sim:text text="The beds are planned."]]');
  await state(page, 'Succeeded').waitFor({ timeout: 90_000 });
  await page.getByRole('tab', { name: 'Publish' }).click();
  const section = (name: string) => page.getByRole('region', { name, exact: true });
  const message = section('Commit').getByLabel('Message');
  await message.fill(`Use ${secret}`);
  await section('Commit').getByRole('button', { name: 'Commit' }).click();
  await section('Commit').getByText('The message holds a secret. Take it out').waitFor();
  expect(await message.inputValue()).toBe(`Use ${secret}`);
  await message.fill('Plan the beds');
  await section('Commit').getByRole('button', { name: 'Commit' }).click();
  await section('Commit').waitFor({ state: 'hidden', timeout: 30_000 });

  const pull = section('Pull request');
  await pull.getByLabel('Title').fill('Plan the beds');
  await pull.getByLabel('Description').fill(`It needs ghp_${'a1B2'.repeat(9)}`);
  await pull.getByRole('button', { name: 'Open pull request' }).click();
  await pull.getByText('The description holds a secret. Take it out').waitFor();
  await pull.getByLabel('Description').fill('');
  await pull.getByLabel('Title').fill(`With ${secret}`);
  await pull.getByRole('button', { name: 'Open pull request' }).click();
  await pull.getByText('The title holds a secret. Take it out').waitFor();
  await section('Push').getByLabel('Branch on the remote').fill(`work/${secret}`);
  await section('Push').getByRole('button', { name: 'Push', exact: true }).click();
  await section('Push').getByText('The name of the branch holds a secret. Take it out').waitFor();
  expect(gitHub.requests.filter((request) => /pulls/.test(request) && request.startsWith('POST'))).toEqual([]);
});

it('a schedule with it is refused in words, and is made as soon as it is out', async () => {
  await visit(page, `${product.origin}/schedules`);
  await page.getByRole('button', { name: 'New schedule' }).first().click();
  const form = page.getByRole('dialog', { name: 'New schedule' });
  await form.getByLabel('Name').fill('Every morning');
  await form.getByLabel('Workspace', { exact: true }).selectOption('plans');
  await form.getByLabel('What should Claude do?').fill(`Sign in with ${secret}.`);
  await form.getByRole('button', { name: 'Create schedule' }).click();
  await form.getByText('The prompt holds one of your secrets. Take it out').waitFor();
  await form.getByLabel('What should Claude do?').fill('Water the beds.');
  await form.getByRole('button', { name: 'Create schedule' }).click();
  await form.waitFor({ state: 'hidden' });
  await page.getByText('Every morning').first().waitFor();
});

it('nothing of it stands on a page', async () => {
  for (const place of [`/workspaces/${workspaceId}`, '/schedules', '/']) {
    await visit(page, product.origin + place);
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(await page.content()).not.toContain(secret);
  }
  const refused = /status of 400/; // the browser's own line about a refused call
  expect(person.complaints.filter((complaint) => !refused.test(complaint))).toEqual([]);
});
