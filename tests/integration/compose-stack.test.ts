import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createAnyonClient } from '@/scripts/demo/anyon-client.mjs';
import { bridgeGateway } from '@/scripts/demo/bridge-gateway.mjs';
import { createRepository, startGitHttpServer } from '@/scripts/demo/git-http-server.mjs';
import { openToWorkspaces } from '@/scripts/demo/open-to-workspaces.mjs';
import { startFakeGitHub, type FakeGitHub } from '@/tests/fakes/fake-github';
import { layComposeStack, type ComposeStack } from '@/tests/setup/compose-stack';
import { signInWithGitHubToken } from '@/tests/setup/sign-in-over-http';
import type { AnyonClient } from '@/tests/setup/running-product';

/** The tests are one story, in their order: each needs what the one before has left. */
let github: FakeGitHub;
let stack: ComposeStack;
let repositories: { url: string; directory: string; close: () => Promise<void> };
let client: AnyonClient;
let runId: string;

beforeAll(async () => {
  github = await startFakeGitHub();
  stack = await layComposeStack({ ANYON_GITHUB_URL: github.url, ANYON_GITHUB_API_URL: github.apiUrl });
  const directory = mkdtempSync(path.join(os.tmpdir(), 'anyon-compose-git-'));
  createRepository({ directory, name: 'demo', files: { 'README.md': '# Demo\n' } });
  const server = await startGitHttpServer({ directory, host: await bridgeGateway() });
  repositories = { url: `${server.url}/demo.git`, directory, close: server.close };
  const started = performance.now();
  await stack.compose('build');
  const built = performance.now();
  await stack.compose('up', '-d');
  await stack.untilHealthy('anyon');
  const size = Number(await stack.docker('image', 'inspect', '--format', '{{.Size}}', 'anyon-test-compose:app'));
  process.stdout.write(`compose: images ${seconds(built - started)} (layers that were there are taken), up and healthy ${seconds(performance.now() - built)}, app image ${Math.round(size / 1e6)} MB\n`);
}, 900_000);

afterAll(async () => {
  await stack?.close();
  await repositories?.close();
  await github?.close();
  if (repositories) rmSync(repositories.directory, { recursive: true, force: true });
}, 120_000);

it('prints the address that makes the first administrator', { timeout: 60_000 }, async () => {
  const address = new URL((await stack.compose('exec', '-T', 'anyon', 'anyon-server', 'address')).trim());
  expect(address.href).toMatch(new RegExp(`^${stack.origin}/setup\\?token=[\\w-]{43}$`));
  const token = github.tokens.add(github.user).value;
  const cookie = await signInWithGitHubToken(stack.origin, { token, setupToken: address.searchParams.get('token') ?? '' });
  client = createAnyonClient(stack.origin, cookie);
  expect((await client.session.me.query()).actor).toMatchObject({ login: 'octocat', role: 'admin' });
  // From now on it opens nothing any more.
  expect((await stack.compose('exec', '-T', 'anyon', 'anyon-server', 'address')).trim()).toBe(`${stack.origin}/sign-in`);
});

it('runs as a user that is not root, without capabilities, on a file system that nobody can change', { timeout: 60_000 }, async () => {
  const id = await stack.container('anyon');
  const processes = (await stack.docker('top', id, '-eo', 'pid,uid,args')).split('\n').slice(1).filter(Boolean);
  expect(processes.length).toBeGreaterThanOrEqual(7); // init, parent, and the five under it
  for (const line of processes) expect(line).toMatch(/^\s*\d+\s+1000\s/);
  const status = await stack.docker('exec', id, 'cat', '/proc/1/status');
  expect(status).toMatch(/CapEff:\s0{16}\n/);
  expect(status).toMatch(/NoNewPrivs:\s1\n/);
  await expect(stack.docker('exec', id, 'touch', '/anyon/dist/changed')).rejects.toThrow('Read-only file system');
  const keeper = await stack.docker('inspect', '--format', '{{json .HostConfig.CapAdd}} {{json .HostConfig.CapDrop}} {{.HostConfig.Privileged}}', await stack.container('keeper'));
  expect(keeper.trim()).toBe('["NET_ADMIN","NET_RAW","CHOWN","FOWNER"] ["ALL"] false');
});

it('has no secret in the layers of its images', { timeout: 60_000 }, async () => {
  for (const image of ['app', 'claude', 'postgres']) {
    const told = (await stack.docker('image', 'inspect', `anyon-test-compose:${image}`)) + (await stack.docker('history', '--no-trunc', `anyon-test-compose:${image}`));
    for (const secret of stack.secrets) expect(told).not.toContain(secret);
  }
  const found = await stack.docker('run', '--rm', '--user', '0:0', '--entrypoint', 'find', 'anyon-test-compose:app', '/', '-xdev', '(', '-name', '.env*', '-o', '-name', '*.env', '-o', '-perm', '/6000', ')', '-not', '-path', '/proc/*', '-type', 'f');
  expect(found.trim()).toBe('');
});

it('finds the machine in order: rules in force, secrets of runs in memory, and says why disk limits are not held', { timeout: 60_000 }, async () => {
  const told = await stack.compose('exec', '-T', 'anyon', 'anyon-server', 'doctor').catch((error: unknown) => String(error));
  const line = (name: string) => told.split('\n').find((each) => each.includes(name)) ?? `no line about ${name} in:\n${told}`;
  expect(line('Firewall')).toMatch(/^\s*✓/);
  expect(line('Secrets of runs')).toMatch(/^\s*✓/);
  expect(told).toMatch(/Disk limits/);
});

it('carries a run through the death of its container: what Claude does goes on, and the next one follows it to its end', { timeout: 480_000 }, async () => {
  const opened = await openToWorkspaces(client, repositories.url, 'compose-stack test');
  const workspace = await client.workspaces.create.mutate({ repositoryUrl: repositories.url, limits: { memoryBytes: 1024 ** 3 } });
  await vi.waitFor(async () => expect(await client.workspaces.byId.query({ workspaceId: workspace.id })).toMatchObject({ status: 'running' }), { timeout: 180_000, interval: 250 });
  const prompt = '[[sim:bash cmd="touch began; while [ ! -e go ]; do date +%s > alive; sleep 0.2; done; rm alive; echo went on > done.txt" timeout=600000]] [[sim:text text=finished]]';
  const run = await client.runs.start.mutate({ workspaceId: workspace.id, prompt });
  runId = run.id;
  const worktree = await vi.waitFor(() => placeOf('began'), { timeout: 120_000, interval: 100 });

  const id = await stack.container('anyon');
  await stack.docker('kill', id);
  const alive = path.join(stack.baseDir, 'data/workspaces', workspace.id, 'files', worktree, 'alive');
  const killed = readFileSync(alive, 'utf8');
  await vi.waitFor(() => expect(Number(readFileSync(alive, 'utf8'))).toBeGreaterThan(Number(killed) + 1), { timeout: 30_000, interval: 100 }); // nobody of Anyon is there
  await stack.docker('start', id);
  await stack.untilHealthy('anyon');
  // Its next request to Claude needs the egress proxy, which died with the rest: the command ends when that is back.
  await stack.docker('exec', `${stack.instance}-workspace-${workspace.id}`, 'touch', path.posix.join('/workspace', worktree, 'go'));
  const final = ['succeeded', 'failed', 'stopped', 'interrupted', 'lost'];
  const ended = await vi.waitFor(
    async () => {
      const now = await client.runs.byId.query({ runId });
      expect(final).toContain(now.status);
      return now;
    },
    { timeout: 240_000, interval: 500 },
  );
  expect(ended.status, String(ended.statusReason)).toBe('succeeded');
  expect((await client.runs.diff.query({ runId })).patch).toContain('+went on');
  await client.egress.removePrivateDestination.mutate({ id: opened.id });
});

it('keeps everything when it is taken down, and goes on with it', { timeout: 300_000 }, async () => {
  await stack.compose('down', '--timeout', '20');
  expect(await stack.container('anyon')).toBe('');
  expect(existsSync(path.join(stack.baseDir, 'data/runs', runId, 'out.log'))).toBe(true);
  expect(statSync(stack.baseDir)).toMatchObject({ uid: 1000 });
  await stack.compose('up', '-d');
  await stack.untilHealthy('anyon');
  expect(await client.runs.byId.query({ runId })).toMatchObject({ status: 'succeeded' });
});

/** Where a file with this name lies in the workspace's files, as seen from the machine; throws while there is none. */
function placeOf(name: string): string {
  const workspaces = path.join(stack.baseDir, 'data/workspaces');
  for (const workspace of readdirSync(workspaces)) {
    const files = path.join(workspaces, workspace, 'files');
    const found = readdirSync(files, { recursive: true, encoding: 'utf8' }).find((file) => path.basename(file) === name && !file.includes('.git/'));
    if (found) return path.dirname(found);
  }
  throw new Error(`There is no ${name} yet.`);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(0)} s`;
}
