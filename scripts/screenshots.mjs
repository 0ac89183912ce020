// `npm run screenshots [-- <folder>]`: the pictures of docs/images, taken of the running product; with a folder, phone and dark pictures go there.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bridgeGateway } from './demo/bridge-gateway.mjs';
import { openToWorkspaces } from './demo/open-to-workspaces.mjs';
import { createRepository, startGitHttpServer } from './demo/git-http-server.mjs';
import { ensureChromium } from './setup/chromium.mjs';
import { SetupFailure } from './setup/failure.mjs';
import { setupMain } from './setup/main.mjs';
import { continueUnderProductNode, runsProductNode } from './setup/node-runtime.mjs';
import { runningParent } from './setup/product-status.mjs';
import { say } from './setup/progress.mjs';
import { inProject } from './setup/project.mjs';
import { readSettings } from './setup/settings.mjs';
import { setupAddress } from './setup/start-product.mjs';

const DESK = { viewport: { width: 1280, height: 800 }, colorScheme: 'light' };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const VARIANTS = [
  { name: 'dark', options: { ...DESK, colorScheme: 'dark' } },
  { name: 'phone', options: { ...PHONE, colorScheme: 'light' } },
  { name: 'phone-dark', options: { ...PHONE, colorScheme: 'dark' } },
];

/** The tabs behind the first one of each page. */
const TABS = {
  workspace: ['Terminal', 'Preview', 'Metrics', 'Activity', 'Checkpoints', 'Settings'],
  run: ['Changes', 'Log', 'Publish'],
  system: ['Tasks', 'Differences', 'Network', 'Templates', 'Retention'],
  settings: ['Connections', 'Secrets', 'API tokens'],
};

const FILES = {
  'README.md': '# Garden planner\n\nPlans the beds of a small garden.\n',
  'package.json': '{ "name": "garden-planner", "type": "module" }\n',
  'src/beds.js': "/** The beds, from the fence to the house. */\nexport const beds = ['tomatoes', 'beans', 'onions'];\n",
};
const ROTATION = "import { beds } from './beds.js';\n\n/** What grows in each bed after `years` years: every crop moves on by one bed a year. */\nexport function rotated(years) {\n  return beds.map((_, index) => beds.at((index - years) % beds.length));\n}\n";
const TEST = "import assert from 'node:assert/strict';\nimport { test } from 'node:test';\nimport { rotated } from '../src/rotation.js';\n\ntest('every crop moves on by one bed a year', () => {\n  assert.deepEqual(rotated(1), ['onions', 'tomatoes', 'beans']);\n});\n";

/** The first line is what the pages show; the rest tells the simulator what to do. */
const PROMPT = [
  'Add crop rotation to the garden planner, with a test',
  '[[sim:slow ms=60]]',
  '[[sim:bash cmd="git log --oneline -3; ls src"]]',
  directive('write', { path: 'src/rotation.js', content: ROTATION }),
  directive('write', { path: 'test/rotation.test.js', content: TEST }),
  directive('bash', { cmd: 'echo "Its tests: node --test" >> README.md && sed -i "s/, from the fence to the house/ in their order, from the fence to the house/" src/beds.js' }),
  directive('bash', { cmd: 'node --test 2>&1 | tail -8' }),
  directive('text', { text: '**Crop rotation is in.** `rotated(years)` moves every crop on by one bed a year.\n\n- `src/rotation.js` holds it, `test/rotation.test.js` proves it\n- the README says how to run the tests' }),
].join('\n');

/** Tried by three models: one change that passes its check, one that does not, and none. */
const TRIES = [
  'Give the planner a bed for peas',
  directive('edit', { for: 'haiku', path: 'src/beds.js', old: "'beans'", new: "'beans', 'peas'" }),
  directive('text', { for: 'haiku', text: 'There is a bed for **peas** beside the beans.' }),
  directive('edit', { for: 'sonnet', path: 'src/beds.js', old: "'beans'", new: "'peas'" }),
  directive('text', { for: 'sonnet', text: 'Peas take the bed of the beans.' }),
  directive('text', { for: 'opus', text: 'There is no room for another bed.' }),
].join('\n');
const WEB_SERVER = "node -e \"require('node:http').createServer((asked, answer) => answer.end('Garden')).listen(5173)\" &\n";

function directive(name, args) {
  const quoted = Object.entries(args).map(([key, value]) => `${key}="${value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`);
  return `[[sim:${name} ${quoted.join(' ')}]]`;
}

const settings = readSettings();
if (!runsProductNode()) await continueUnderProductNode(fileURLToPath(import.meta.url));
else await setupMain('npm run screenshots', takeAll, { lock: false });

async function takeAll() {
  if (!runningParent(settings)) throw new SetupFailure('Anyon is not running.', 'Start it with `npm run up`, then take the screenshots.');
  const { chromium } = await import('playwright-core');
  const executablePath = await ensureChromium(say);
  const repositories = await serveRepositories();
  const browser = await chromium.launch({ executablePath, chromiumSandbox: process.getuid() !== 0 });
  const made = [];
  let client;
  let opened;
  try {
    client = await signedInClient();
    opened = await openToWorkspaces(client, repositories.url('any'), 'npm run screenshots');
    const page = await (await browser.newContext(DESK)).newPage();
    const places = await takeRun(page, { client, made, repositories, folder: inProject('docs/images') });
    const folder = process.argv[2];
    if (folder) for (const variant of VARIANTS) await takeVariant(browser, { variant, places, folder: path.resolve(folder) });
  } finally {
    await browser.close();
    for (const workspaceId of made) await client.workspaces.delete.mutate({ workspaceId });
    if (opened) await client.egress.removePrivateDestination.mutate({ id: opened.id });
    await repositories.close();
  }
}

/** The pictures of the documents, in the order in which a person would see the pages. Returns where the pages are. */
async function takeRun(page, { client, made, repositories, folder }) {
  const take = (name) => picture(page, folder, name);
  await page.goto(await setupAddress(settings));
  await take('setup');
  await page.getByRole('button', { name: 'Sign in as the owner' }).click();
  await page.waitForURL(`${settings.publicUrl}/`);

  for (const name of ['seed-shop', 'garden-planner']) made.push(await readyWorkspace(client, { repositoryUrl: repositories.url(name) }));
  await client.workspaces.stop.mutate({ workspaceId: made[0] });
  const workspace = `/workspaces/${made[1]}`;
  await page.goto(`${settings.publicUrl}${workspace}`);
  await page.getByRole('heading', { name: 'Nothing asked yet' }).waitFor();
  const box = page.getByLabel('What should Claude do?');
  await box.fill(PROMPT);
  await box.press('Control+Enter');
  await page.waitForURL(/\/runs\//);
  await page.getByRole('region', { name: 'Run output' }).getByText('node --test').first().waitFor();
  await take('run-live');
  const run = new URL(page.url()).pathname;

  await page.getByTestId('done-card').waitFor({ timeout: 120_000 });
  await page.getByRole('tab', { name: /^Changes/ }).click();
  await page.getByRole('heading', { name: 'src/rotation.js' }).waitFor();
  await take('run-done');
  await takeQuestion(page, { client, take, workspaceId: made[1] });
  await page.goto(`${settings.publicUrl}${workspace}?tab=terminal`);
  await page.getByRole('button', { name: 'Open a terminal' }).click();
  const screen = page.locator('.xterm-rows');
  await screen.getByText('$').first().waitFor();
  await page.keyboard.type('git log --oneline -3\n');
  await screen.getByText('HEAD').first().waitFor();
  await take('terminal');
  await page.keyboard.type(WEB_SERVER);
  await screen.getByText(/\[1\] \d+/).first().waitFor(); // the shell has it; what is typed is on its way when the page is left
  await takePreview(page, { take, workspace });
  const variants = await takeVariants(page, { client, take, workspaceId: made[1] });
  await page.goto(`${settings.publicUrl}/`);
  await page.getByRole('region', { name: 'Needs you' }).getByRole('link').first().waitFor();
  await take('board');
  await page.goto(`${settings.publicUrl}${workspace}?tab=metrics`);
  await page.locator('canvas').nth(3).waitFor();
  await take('workspace-metrics');
  await page.goto(`${settings.publicUrl}/workspaces`);
  await page.locator('[data-state=stopped]').waitFor();
  await take('workspaces');
  const { batchId } = await client.batches.start.mutate({ action: 'start', selection: { workspaceIds: made } });
  await page.goto(`${settings.publicUrl}/batches/${batchId}`);
  await page.getByText('1 of 2 done').waitFor({ timeout: 60_000 }); // the other one was running already
  await take('batch');
  await takeSettings(page, { client, take });
  return { board: '/', workspaces: '/workspaces', workspace, run, variants, schedules: '/schedules', settings: '/settings', batches: '/batches', batch: `/batches/${batchId}`, deleted: '/workspaces/deleted', system: '/system' };
}

/** A run that asks before it changes something. */
async function takeQuestion(page, { client, take, workspaceId }) {
  const { id } = await client.runs.start.mutate({ workspaceId, permissionMode: 'default', prompt: 'Publish the planner to the registry\n[[sim:bash cmd="npm publish --dry-run"]]' });
  await page.goto(`${settings.publicUrl}/workspaces/${workspaceId}/runs/${id}`);
  await page.getByRole('button', { name: 'Allow', exact: true }).waitFor({ timeout: 60_000 });
  await take('question');
}

/** What a web server that was started in the terminal looks like from outside. */
async function takePreview(page, { take, workspace }) {
  await page.goto(`${settings.publicUrl}${workspace}?tab=preview`);
  await page.getByRole('list', { name: 'Ports on which something listens' }).getByText('5173').first().waitFor({ timeout: 60_000 });
  await take('preview');
}

/** Three tries of one prompt, checked and side by side. Returns where they are. */
async function takeVariants(page, { client, take, workspaceId }) {
  const { id } = await client.variants.start.mutate({ workspaceId, prompt: TRIES, models: ['haiku', 'sonnet', 'opus'], checkCommand: 'grep -q beans src/beds.js', checkMinutes: 5 });
  const address = `/variants/${id}`;
  await page.goto(`${settings.publicUrl}${address}`);
  for (const [number, verdict] of ['Check passed', 'Check failed', 'Check passed'].entries()) {
    await page.getByRole('article', { name: `Variant ${number + 1}` }).getByText(verdict).waitFor({ timeout: 120_000 });
  }
  await take('variants');
  return address;
}

/** What programs come in by, and what goes by rules. The token is good for nothing afterwards. */
async function takeSettings(page, { client, take }) {
  const { token } = await client.apiTokens.create.mutate({ name: 'Nightly checks', scopes: ['read', 'run'], expiresInDays: 30 });
  await page.goto(`${settings.publicUrl}/settings?tab=tokens`);
  await page.getByText('Nightly checks').first().waitFor();
  await take('api-tokens');
  await client.apiTokens.revoke.mutate({ tokenId: token.id });
  await page.goto(`${settings.publicUrl}/system?tab=retention`);
  await page.getByText('Logs of runs').first().waitFor();
  await take('retention');
}

/** The same pages as another person would see them: another screen, another light. */
async function takeVariant(browser, { variant: { name, options }, places, folder }) {
  const page = await (await browser.newContext(options)).newPage();
  await page.goto(await setupAddress(settings));
  await picture(page, folder, `setup-${name}`);
  await page.getByRole('button', { name: 'Sign in as the owner' }).click();
  await page.waitForURL(`${settings.publicUrl}/`);
  for (const [place, address] of Object.entries(places)) {
    await page.goto(`${settings.publicUrl}${address}`);
    await picture(page, folder, `${place}-${name}`);
    for (const tab of TABS[place] ?? []) {
      await page.getByRole('tab', { name: new RegExp(`^${tab}`) }).click();
      if (tab === 'Log') await page.locator('[data-log-state="ended"]').waitFor();
      if (tab === 'Metrics') await page.locator('canvas').nth(3).waitFor();
      await picture(page, folder, `${place}-${tab.toLowerCase().replaceAll(' ', '-')}-${name}`);
    }
  }
  await page.goto(`${settings.publicUrl}/workspaces`);
  await page.getByRole('button', { name: 'New workspace' }).click();
  await picture(page, folder, `new-workspace-${name}`);
  await page.context().close();
}

/** Waits until nothing is being loaded, then stores the picture. */
async function picture(page, folder, name) {
  fs.mkdirSync(folder, { recursive: true });
  await page.waitForFunction(() => document.querySelector('main, dialog') && !document.querySelector('.animate-pulse[aria-hidden]:empty:not(.bg-accent)'));
  await page.screenshot({ path: path.join(folder, `${name}.png`) });
  say(`  ${path.join(folder, `${name}.png`)}`);
}

async function signedInClient() {
  const { createAnyonClient, signInWithToken } = await import('./demo/anyon-client.mjs');
  const address = new URL(await setupAddress(settings));
  return createAnyonClient(address.origin, await signInWithToken(address.origin, address.searchParams.get('token')));
}

async function readyWorkspace(client, input) {
  const { id } = await client.workspaces.create.mutate({ ...input, limits: { memoryBytes: 2 * 1024 ** 3 } });
  for (;;) {
    const { status, statusReason } = await client.workspaces.byId.query({ workspaceId: id });
    if (status === 'running') return id;
    if (status !== 'creating') throw new SetupFailure(statusReason ?? `The workspace is ${status}.`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function serveRepositories() {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'anyon-screenshots-'));
  for (const name of ['garden-planner', 'seed-shop']) createRepository({ directory, name, files: FILES });
  const server = await startGitHttpServer({ directory, host: await bridgeGateway(settings.dockerHost) });
  const close = async () => {
    await server.close();
    fs.rmSync(directory, { recursive: true, force: true });
  };
  return { url: (name) => `${server.url}/${name}.git`, close };
}
