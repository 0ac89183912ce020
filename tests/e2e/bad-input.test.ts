import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startEngineProxy, type EngineProxy } from '@/tests/e2e/engine-proxy';
import { inventory } from '@/tests/e2e/leftovers';
import { enoughLines, numbersIn, promptForNumberedLines } from '@/tests/e2e/numbered-lines';
import { createWorkspace, fillWorkspaceForm, signInAsOwner, startRun, state } from '@/tests/e2e/steps';
import { serveRepositories, type Repositories } from '@/tests/e2e/repositories';
import { keepPictureOfFailure, openChromium, type TestChromium, visit } from '@/tests/setup/browser';
import { startRunningProduct, type AnyonClient, type RunningProduct } from '@/tests/setup/running-product';

/** Each wrong thing is met with a sentence, leaves nothing half-made behind, and loses nothing. One product, in this order. */
const GIB = 1024 ** 3;
const image = `anyon-e2e-${randomBytes(4).toString('hex')}:1`;
const ballast = path.join(os.tmpdir(), `anyon-e2e-ballast-${randomBytes(4).toString('hex')}`);
const freeBytes = () => statfsSync(os.tmpdir()).bavail * statfsSync(os.tmpdir()).bsize;

let minFreeBytes: number;
let engine: EngineProxy;
let product: RunningProduct;
let repositories: Repositories;
let chromium: TestChromium;
let page: Page;
let client: AnyonClient;
/** A workspace in good order. */
let workspaceId: string;

beforeAll(async () => {
  docker('tag', 'anyon-claude:latest', image);
  engine = await startEngineProxy();
  minFreeBytes = Math.floor(freeBytes() - Math.min(3 * GIB, freeBytes() / 4));
  const env = { DOCKER_HOST: engine.address, ANYON_CLOUD_IMAGE: image, ANYON_MIN_FREE_BYTES: String(minFreeBytes) };
  repositories = await serveRepositories();
  [product, chromium] = await Promise.all([startRunningProduct({ env: { ...env, ...repositories.env } }), openChromium()]);
  ({ client } = await product.signIn());
  ({ page } = await chromium.person());
  await signInAsOwner(page, await product.setupAddress());
  workspaceId = await createWorkspace(page, { repository: repositories.url('garden') });
});

afterAll(async () => {
  rmSync(ballast, { force: true });
  await Promise.all([chromium?.close(), repositories?.close()]);
  await product?.close();
  await engine?.stop();
  if (hasImage()) docker('rmi', '--no-prune', image);
});

beforeEach(() => keepPictureOfFailure(page));

function docker(...args: string[]): string {
  return execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function hasImage(): boolean {
  return docker('image', 'ls', '--quiet', image).trim() !== '';
}

/** The workspace once its task has come to an end. */
async function settled(id: string) {
  await expect.poll(async () => (await client.workspaces.byId.query({ workspaceId: id })).status, { timeout: 60_000, interval: 100 }).not.toMatch(/creating/);
  return client.workspaces.byId.query({ workspaceId: id });
}

async function deleteAndWait(id: string): Promise<void> {
  await client.workspaces.delete.mutate({ workspaceId: id });
  await expect.poll(async () => (await client.workspaces.list.query()).some((workspace) => workspace.id === id), { timeout: 30_000, interval: 100 }).toBe(false);
}

describe('a repository address', () => {
  it.each([
    ['--upload-pack=touch /tmp/owned', 'A repository address has no spaces or control characters.'],
    ['--upload-pack=/bin/true', 'Use an address that starts with https://'],
    ['ext::sh -c id', 'A repository address has no spaces or control characters.'],
    ['ext::sh%20-c%20id', 'Use an address that starts with https://'],
    ['file:///etc', 'Use an address that starts with https://'],
    ['git@github.com:owner/repository.git', 'SSH addresses are not supported.'],
    ['https://ada:secret@github.com/owner/repository', 'Do not put a user name or token into the address'],
    ['https://github.com', 'The address names no repository.'],
  ])('%s is refused at the field and by the API, and nothing is made', async (address, sentence) => {
    const before = await inventory(product, client);
    await visit(page, `${product.origin}/workspaces`);
    await fillWorkspaceForm(page, { repository: address });
    await page.getByRole('dialog').getByRole('alert').filter({ hasText: sentence }).waitFor();
    await expect(client.workspaces.create.mutate({ repositoryUrl: address })).rejects.toMatchObject({ message: expect.stringContaining(sentence), data: { code: 'BAD_REQUEST' } });
    expect(await inventory(product, client)).toEqual(before);
  });

  it('that leads nowhere, to a private repository or to no such branch ends in a sentence and without half a clone', async () => {
    const before = await inventory(product, client);
    const wrong = [
      { input: { repositoryUrl: repositories.url('absent') }, sentence: /There is no git repository at http:\S+absent\.git\. Check the address\./ },
      { input: { repositoryUrl: repositories.url('private-garden') }, sentence: /private-garden\.git is private or does not exist: the server asked for a sign-in\./ },
      { input: { repositoryUrl: repositories.url('garden'), branch: 'autumn' }, sentence: /The branch "autumn" does not exist in http:\S+garden\.git\. Check its name, or leave it empty/ },
    ];
    const made = await Promise.all(wrong.map(({ input }) => client.workspaces.create.mutate({ ...input, limits: { memoryBytes: GIB } })));
    for (const [index, { id }] of made.entries()) {
      const workspace = await settled(id);
      expect(workspace.statusReason).toMatch(wrong[index]?.sentence ?? /never/);
      expect([workspace.status, workspace.steps.map((step) => step.status)]).toEqual(['unhealthy', ['done', 'done', 'done', 'failed', 'pending', 'pending']]);
      for (const folder of ['files', 'exchange']) expect(readdirSync(path.join(product.dataDir, 'workspaces', id, folder))).toEqual([]);
    }
    await visit(page, `${product.origin}/workspaces/${made[2]?.id}`);
    await page.getByRole('list', { name: 'Start-up' }).getByRole('alert').filter({ hasText: 'The branch "autumn" does not exist' }).waitFor();
    await Promise.all(made.map(({ id }) => deleteAndWait(id)));
    expect(await inventory(product, client)).toEqual(before);
  });
});

describe('while Docker is down', () => {
  let runId: string;

  it('a new workspace is refused with what to do, and nothing is made', async () => {
    await visit(page, `${product.origin}/workspaces/${workspaceId}`);
    runId = await startRun(page, promptForNumberedLines());
    await state(page, 'Running').waitFor();
    await page.getByText(/^line \d{6}$/).first().waitFor();
    const before = await inventory(product, client);
    await engine.stop();
    await visit(page, `${product.origin}/workspaces`);
    await fillWorkspaceForm(page, { repository: repositories.url('garden') });
    await page.getByRole('dialog').getByText(/There is no Docker socket at .*Start Docker \(for example with `sudo systemctl start docker`\) and try again\./).waitFor();
    expect(await inventory(product, client)).toEqual(before);
  });

  it('a running workspace says that it is unknown how it is, and takes no run', async () => {
    await visit(page, `${product.origin}/workspaces/${workspaceId}`);
    await state(page, 'Unknown').waitFor();
    await page.getByText('Docker does not answer').first().waitFor();
    await expect(client.runs.start.mutate({ workspaceId, prompt: 'hello' })).rejects.toThrow('The workspace is unknown, not running. Wait until Docker answers again.');
    expect((await client.runs.list.query({ workspaceId })).map((run) => run.id)).toEqual([runId]);
  });

  it('the run goes on; when Docker is back, so is the workspace, and not a line is missing', async () => {
    await engine.start();
    await state(page, 'Running').waitFor({ timeout: 15_000 });
    enoughLines(product.dataDir, workspaceId);
    await expect.poll(async () => (await client.runs.byId.query({ runId })).status, { timeout: 30_000 }).toBe('succeeded');
    const log = await page.request.get(`${product.origin}/api/runs/${runId}/log?stream=out`);
    const numbers = numbersIn(await log.text());
    expect(numbers.length).toBeGreaterThan(500);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  });
});

describe('without the runtime image', () => {
  let id: string;

  it('a workspace is unhealthy and says how to build it; no container is made', async () => {
    const { containers, networks } = await inventory(product, client);
    docker('rmi', '--no-prune', image);
    await visit(page, `${product.origin}/workspaces`);
    await fillWorkspaceForm(page, { repository: repositories.url('garden'), name: 'Second' });
    await state(page, 'Unhealthy').waitFor({ timeout: 30_000 });
    await page.getByText(`The image ${image} is not on this machine. Build it with \`npm run images\`.`).first().waitFor();
    id = /workspaces\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? '';
    expect(await inventory(product, client)).toMatchObject({ containers, networks });
    await visit(page, `${product.origin}/system`);
    await page.getByRole('listitem').filter({ hasText: 'Runtime image' }).getByRole('img', { name: 'Not in order' }).waitFor();
  });

  it('`npm run up` brings the image back, and the workspace starts', async () => {
    expect(await product.node('scripts/up.mjs')).toMatch(/Runtime image anyon-e2e-\w+:1: built/);
    expect(hasImage()).toBe(true);
    await client.workspaces.start.mutate({ workspaceId: id });
    expect(await settled(id)).toMatchObject({ status: 'running', statusReason: null });
    await deleteAndWait(id);
  });
});

describe('with a disk that is nearly full', () => {
  const figures = /The disk is nearly full: [\d.]+ [GM]iB free at \S+, and at least [\d.]+ GiB are needed\./;

  it('workspaces and runs are refused with figures, and so is `npm run up`, which leaves the running product alone', async () => {
    const before = { ...(await inventory(product, client)), runs: (await client.runs.list.query({ workspaceId })).length, processes: product.processes() };
    execFileSync('fallocate', ['--length', String(Math.max(1, freeBytes() - minFreeBytes) + GIB / 2), ballast]);
    await expect(client.workspaces.create.mutate({ repositoryUrl: repositories.url('garden') })).rejects.toThrow(figures);
    await visit(page, `${product.origin}/workspaces/${workspaceId}`);
    await page.getByLabel('What should Claude do?').fill('hello');
    await page.getByRole('button', { name: 'Start run' }).click();
    await page.getByText(figures).waitFor();
    expect(await page.getByLabel('What should Claude do?').inputValue()).toBe('hello');
    await expect(product.node('scripts/up.mjs')).rejects.toThrow(figures);
    expect({ ...(await inventory(product, client)), runs: (await client.runs.list.query({ workspaceId })).length, processes: product.processes() }).toEqual(before);
  });

  it('goes on as soon as there is room', async () => {
    rmSync(ballast);
    await page.getByRole('button', { name: 'Start run' }).click();
    await page.waitForURL(/\/runs\//);
    await state(page, 'Succeeded').waitFor({ timeout: 60_000 });
  });
});

describe('`npm run up` and `npm run down`, called once too often', () => {
  it('a second `up` says that Anyon runs, prints another address that works, and is quick', async () => {
    const before = product.processes();
    const began = performance.now();
    const printed = await product.node('scripts/up.mjs');
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(printed).toContain(`Anyon runs already (process ${before.parent?.pid}).`);
    expect(product.processes()).toEqual(before);
    const address = /http:\S+\/setup\?token=\S+/.exec(printed)?.[0] ?? '';
    const other = await chromium.person();
    await signInAsOwner(other.page, address);
    await other.context.close();
  });

  it('of two at once one works, the other says which process is at it', async () => {
    const [one, two] = await Promise.allSettled([product.node('scripts/up.mjs'), product.node('scripts/up.mjs')]);
    const refused = [one, two].filter((result) => result.status === 'rejected').map((result) => String(result.reason));
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatch(/`npm run up` is running already \(process \d+\)\.\s+Wait until it has ended/);
  });

  it('`down` twice stops once; everything is there again after the next `up`', async () => {
    const before = (await inventory(product, client)).rows;
    expect(await product.node('scripts/down.mjs')).toContain('Stopped: web, worker, simulator');
    expect(product.processes()).toEqual({});
    const again = await product.node('scripts/down.mjs');
    expect(again).toContain('Web, worker, simulator: were not running');
    expect(again).toContain('Database: was not running');
    await product.up();
    expect((await inventory(product, client)).rows).toEqual(before);
    expect(existsSync(path.join(product.dataDir, 'workspaces', workspaceId, 'files/repo/README.md'))).toBe(true);
    await visit(page, `${product.origin}/workspaces/${workspaceId}`);
    await state(page, 'Running').waitFor({ timeout: 60_000 }); // nobody stopped it, so it is brought back
  });
});
