// `npm run demo [-- <repository URL> [prompt]]`: the main job in a terminal, over the API that the browser uses.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bridgeGateway } from './demo/bridge-gateway.mjs';
import { openToWorkspaces } from './demo/open-to-workspaces.mjs';
import { SetupFailure } from './setup/failure.mjs';
import { setupMain } from './setup/main.mjs';
import { continueUnderProductNode, runsProductNode } from './setup/node-runtime.mjs';
import { runningParent } from './setup/product-status.mjs';
import { readSettings } from './setup/settings.mjs';
import { setupAddress } from './setup/start-product.mjs';

const PROMPT = 'Write a file HELLO.md that greets the reader, then list the files of the repository.';
const started = performance.now();

/** One line with the seconds since the start. */
function say(text) {
  process.stdout.write(`${((performance.now() - started) / 1000).toFixed(1).padStart(7)} s  ${text}\n`);
}

const [repositoryArgument, ...promptWords] = process.argv.slice(2);
const settings = readSettings();
if (!runsProductNode()) await continueUnderProductNode(fileURLToPath(import.meta.url));
else await setupMain('npm run demo', demo, { lock: false });

async function demo() {
  if (!runningParent(settings)) throw new SetupFailure('Anyon is not running.', 'Start it with `npm run up`, then run the demo again.');
  const { createAnyonClient, signInWithToken } = await import('./demo/anyon-client.mjs');
  const address = new URL(await setupAddress(settings));
  const cookie = await signInWithToken(address.origin, address.searchParams.get('token'));
  const client = createAnyonClient(address.origin, cookie);
  const { actor } = await client.session.me.query();
  say(`signed in as ${actor.login}`);
  const { claude } = await client.system.status.query();
  if (claude === 'simulator') say('no Claude account is connected: the built-in simulator answers');

  const repository = await repositoryFor(repositoryArgument);
  const opened = repositoryArgument ? null : await openToWorkspaces(client, repository.url, 'npm run demo');
  try {
    await workOn(client, repository.url, promptWords.join(' ') || PROMPT);
  } finally {
    if (opened) await client.egress.removePrivateDestination.mutate({ id: opened.id });
    await repository.close();
  }
}

async function workOn(client, repositoryUrl, prompt) {
  say(`creating a workspace from ${repositoryUrl}`);
  const workspace = await readyWorkspace(client, await client.workspaces.create.mutate({ repositoryUrl, limits: { memoryBytes: 2 * 1024 ** 3 } }));
  say(`starting a run: ${prompt}`);
  const clicked = performance.now();
  const run = await client.runs.start.mutate({ workspaceId: workspace.id, prompt });
  const ended = await followToEnd(client, run);
  const { patch } = await client.runs.diff.query({ runId: run.id });
  process.stdout.write(`\n${patch || '(no changes)\n'}\n`);
  const { doneCard } = await import('./demo/done-card.mjs');
  process.stdout.write(`${doneCard(ended, (performance.now() - clicked) / 1000)}\n\n`);
  process.stdout.write(`Open it: ${settings.publicUrl}/workspaces/${workspace.id}/runs/${run.id}\n`);
  process.exitCode = ended.status === 'succeeded' ? 0 : 1;
}

/** Follows the checklist; every step once, with its seconds. */
async function readyWorkspace(client, created) {
  const told = new Set();
  for (let workspace = created; ; workspace = await client.workspaces.byId.query({ workspaceId: created.id })) {
    for (const step of workspace.steps) {
      if (step.endedAt === null || told.has(step.name)) continue;
      told.add(step.name);
      say(`  ${step.status === 'done' ? '✓' : '✗'} ${step.name} (${((step.endedAt - step.startedAt) / 1000).toFixed(1)} s)`);
    }
    if (workspace.status === 'running') return workspace;
    if (workspace.status !== 'creating') throw new SetupFailure(workspace.statusReason ?? `The workspace is ${workspace.status}.`, 'Repair what is named, or give another repository as the argument.');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Prints the log as it comes and every change of state; resolves with the final run. */
async function followToEnd(client, run) {
  const { LogSummary } = await import('./demo/log-summary.mjs');
  let status = '';
  const look = async () => {
    const now = await client.runs.byId.query({ runId: run.id });
    if (now.status !== status) say(`[${(status = now.status)}]${now.statusReason ? ` ${now.statusReason}` : ''}`);
    return now;
  };
  await look();
  const changes = client.changes.watch.subscribe(undefined, { onData: ({ data, ...direct }) => void ((data ?? direct).runIds?.includes(run.id) && look()) });
  const out = new LogSummary();
  const err = new LogSummary();
  await new Promise((resolve, reject) => {
    const log = client.runs.log.subscribe(
      { runId: run.id },
      {
        onData({ data }) {
          if (data.end) {
            log.unsubscribe();
            resolve(undefined);
            return;
          }
          for (const line of data.stream === 'out' ? out.push(data.text) : err.push(data.text)) say(line);
        },
        onError: reject,
      },
    );
  });
  changes.unsubscribe();
  return look();
}

/** The repository of the argument, or a small one made on the spot and served by real git over HTTP where containers reach it. */
async function repositoryFor(url) {
  if (url) return { url, close: async () => {} };
  const { createRepository, startGitHttpServer } = await import('./demo/git-http-server.mjs');
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'anyon-demo-'));
  const files = { 'README.md': '# Demo\n\nA repository made on the spot.\n', 'CLAUDE.md': 'Be brief.\n', 'src/add.js': 'export const add = (a, b) => a + b;\n' };
  createRepository({ directory, name: 'demo', files });
  const server = await startGitHttpServer({ directory, host: await bridgeGateway(settings.dockerHost) });
  const close = async () => {
    await server.close();
    fs.rmSync(directory, { recursive: true, force: true });
  };
  return { url: `${server.url}/demo.git`, close };
}
