import { execFile, execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { isFinal } from '@/contract/run';
import { createWorkspaceInput, type WorkspaceView } from '@/contract/workspace';
import { containerEngine } from '@/server/containers/container-engine';
import { workspaceDir } from '@/server/deployment/paths';
import { requireRunAccess } from '@/server/runs/access';
import { getRun } from '@/server/runs/run-queries';
import { startRun } from '@/server/runs/start-run';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { createWorkspace } from '@/server/workspaces/create-workspace';
import { reconcile } from '@/server/workspaces/reconcile/reconcile';
import { startWorkspace } from '@/server/workspaces/start-workspace';
import { stopWorkspace } from '@/server/workspaces/stop-workspace';
import { getWorkspace } from '@/server/workspaces/workspace-queries';
import { until } from '@/tests/setup/runtime-container';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { startTestReconciler } from '@/tests/setup/test-reconciler';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';

/** REL-11: what people do to containers with Docker's own commands. Told by events, the row is right within 10 s; by the clock alone within 30 s. */
const BY_EVENT_MS = 10_000;
const BY_CLOCK_MS = 32_000;

let product: TestProduct;
let owner: Actor;
let worker: TestWorker;
let endReconciler: () => Promise<void>;
const figures: string[] = [];

beforeAll(async () => {
  product = await startTestProduct();
  owner = await product.addUser('owner', 'admin');
  worker = await startTestWorker();
  endReconciler = startTestReconciler(worker);
  product.addRepository('plain', { 'README.md': '# Plain\n' });
});

afterAll(async () => {
  await endReconciler?.();
  await worker?.stop();
  await product?.close();
  console.info(`behind our back: ${figures.join('; ')}`);
});

const docker = (...args: string[]) => execFileSync('docker', args, { encoding: 'utf8' }).trim();
/** For what needs git server and proxy, which live in this process as the worker does: the command above blocks them, so that nothing comes between two of it. */
const beside = (...args: string[]) => promisify(execFile)('docker', args, { timeout: 30_000 });
const reachesGit = (container: string | null) => beside('exec', container ?? '', 'git', 'ls-remote', `${product.gitUrl}/plain.git`);
const view = async (id: string): Promise<WorkspaceView> => getWorkspace(await requireWorkspaceAccess(owner, id));

async function running(recovery: Record<string, unknown> = {}): Promise<WorkspaceView> {
  const input = { repositoryUrl: `${product.gitUrl}/plain.git`, limits: { memoryBytes: 512 * 1024 ** 2, cpus: 1 }, recovery: { backoffSeconds: 1, ...recovery } };
  const { id } = await createWorkspace(owner, createWorkspaceInput.parse(input));
  return becomes(id, 'running', 60_000);
}

async function becomes(id: string, status: WorkspaceView['status'], withinMs = BY_EVENT_MS, reason?: RegExp): Promise<WorkspaceView> {
  const started = Date.now();
  const seen: string[] = [];
  let now = await view(id);
  try {
    await until(`${status} ${reason?.source ?? ''}`, async () => {
      now = await view(id);
      const said = `${now.status}: ${now.statusReason}`;
      if (seen.at(-1) !== said) seen.push(said);
      return now.status === status && (reason === undefined || reason.test(now.statusReason ?? ''));
    }, withinMs);
  } catch (error) {
    throw new Error(`${String(error)} It was:\n${seen.join('\n')}`, { cause: error });
  }
  if (reason) figures.push(`${reason.source.slice(0, 40)} ${((Date.now() - started) / 1_000).toFixed(1)} s`);
  return now;
}

/** The run that is on must not be called a success by what is done to its container. */
async function withRun(workspace: WorkspaceView): Promise<string> {
  const { id } = await startRun(await requireWorkspaceAccess(owner, workspace.id), { prompt: '[[sim:bash cmd="tail -f /dev/null"]]' });
  await until('the run', async () => (await runOf(id)).status === 'running', 60_000);
  return id;
}
const runOf = async (id: string) => getRun(await requireRunAccess(owner, id));

describe('D2-16 a container that', () => {
  it.each([
    ['is killed', 'kill', /^Its container ended \(exit code 137, killed from outside\)\. Anyon starts it again in 1 s \(try 1 of 3\)\.$/],
    ['is stopped', 'stop', /^Its container ended \(exit code 143, stopped from outside\)\. Anyon starts it again in 1 s \(try 1 of 3\)\.$/],
    ['is removed', 'rm', /^Its container was removed outside Anyon; the files are kept\. Anyon starts it again in 1 s \(try 1 of 3\)\.$/],
  ])('%s, comes back by itself with its files, and its run has not succeeded', async (_what, how, reason) => {
    const workspace = await running();
    const runId = await withRun(workspace);
    docker(how, ...(how === 'rm' ? ['--force'] : []), workspace.container.id ?? '');
    const ended = await becomes(workspace.id, 'unhealthy', BY_EVENT_MS, reason);
    expect(ended.recovery.nextAt).not.toBeNull();
    const back = await becomes(workspace.id, 'running', 60_000);
    expect(back.statusReason).toBeNull();
    expect(back.recovery).toMatchObject({ attempts: 1, nextAt: null });
    expect(docker('exec', back.container.id ?? '', 'cat', '/workspace/repo/README.md')).toBe('# Plain');
    expect(how === 'rm').toBe(back.container.id !== workspace.container.id);
    await until('the end of the run', async () => isFinal((await runOf(runId)).status));
    expect((await runOf(runId)).status).toBe('interrupted');
  });

  it('is paused, says so and goes on, with the run in it', async () => {
    const workspace = await running();
    const runId = await withRun(workspace);
    await until('the pause', () => isDone('pause', workspace.container.id ?? ''), 60_000);
    await becomes(workspace.id, 'unhealthy', BY_EVENT_MS, /^Its container was paused outside Anyon/);
    const back = await becomes(workspace.id, 'running', 60_000);
    expect(back.container.id).toBe(workspace.container.id);
    expect((await runOf(runId)).status).toBe('running');
  });

  it('is renamed, gets its name back and stays the same', async () => {
    const workspace = await running();
    const name = docker('inspect', '--format', '{{.Name}}', workspace.container.id ?? '');
    docker('rename', workspace.container.id ?? '', `renamed-${product.instance}`);
    await until('its name', () => docker('inspect', '--format', '{{.Name}}', workspace.container.id ?? '') === name, BY_EVENT_MS);
    expect(await view(workspace.id)).toMatchObject({ status: 'running', statusReason: null, container: { id: workspace.container.id } });
  });

  // These four wait for the next look by the clock, and so beside each other.
  it.concurrent('is taken off its network, is put back with the run in it', async () => {
    const workspace = await running();
    const network = networkOf(workspace);
    docker('network', 'disconnect', network, workspace.container.id ?? '');
    expect(networksOf(workspace)).toBe('');
    await until('its network', () => networksOf(workspace) === network, BY_CLOCK_MS);
    expect(await view(workspace.id)).toMatchObject({ status: 'running', statusReason: null, container: { id: workspace.container.id } });
    await reachesGit(workspace.container.id);
  });

  it.concurrent('loses its network, is made anew with one', async () => {
    const workspace = await running();
    docker('network', 'disconnect', '--force', networkOf(workspace), workspace.container.id ?? '');
    docker('network', 'rm', networkOf(workspace));
    await becomes(workspace.id, 'unhealthy', BY_CLOCK_MS, /^Its network was removed outside Anyon/);
    const back = await becomes(workspace.id, 'running', 60_000);
    expect(back.container.id).not.toBe(workspace.container.id);
    await reachesGit(back.container.id);
  });

  it.concurrent('loses its image, goes on and says what the next start needs', async () => {
    const image = `anyon-test-gone:${product.instance}`;
    await beside('tag', 'anyon-claude:latest', image);
    const input = { repositoryUrl: `${product.gitUrl}/plain.git`, image, limits: { memoryBytes: 512 * 1024 ** 2, cpus: 1 } };
    const { id } = await createWorkspace(owner, createWorkspaceInput.parse(input));
    await becomes(id, 'running', 60_000);
    await beside('rmi', '--force', image);
    await becomes(id, 'running', BY_CLOCK_MS, /^The image anyon-test-gone\S* was removed from this machine/);
    await beside('tag', 'anyon-claude:latest', image);
    await becomes(id, 'running', BY_CLOCK_MS, undefined);
    await until('the reason to go', async () => (await view(id)).statusReason === null, BY_CLOCK_MS);
    await beside('rmi', '--force', image);
  });

  it.concurrent('loses its files, says so, and is not started over an empty folder', async () => {
    const workspace = await running();
    rmSync(workspaceDir(workspace.id), { recursive: true });
    const lost = await becomes(workspace.id, 'unhealthy', BY_CLOCK_MS, /^Its files are not on the disk any more/);
    expect(lost.recovery.nextAt).toBeNull();
    await startWorkspace(await requireWorkspaceAccess(owner, workspace.id));
    await becomes(workspace.id, 'unhealthy', BY_EVENT_MS, /^The files of this workspace are gone: there is no .*Put them back from a backup/);
    expect(existsSync(workspaceDir(workspace.id))).toBe(false);
  });

  it('has a twin without labels, is not mixed up with it, and the twin is never touched', async () => {
    const workspace = await running();
    const name = docker('inspect', '--format', '{{.Name}}', workspace.container.id ?? '').slice(1);
    const twin = docker('run', '--detach', '--name', `${name}-twin`, '--label', `test=${product.instance}`, 'anyon-claude:latest');
    try {
      docker('rm', '--force', workspace.container.id ?? '');
      await becomes(workspace.id, 'unhealthy', BY_EVENT_MS, /^Its container was removed outside Anyon/);
      const back = await becomes(workspace.id, 'running', 60_000);
      expect(back.container.id).not.toBe(twin);
      expect(docker('inspect', '--format', '{{.State.Running}}', twin)).toBe('true');
    } finally {
      docker('rm', '--force', twin);
    }
  });

  it('was stopped by us, stays stopped; started outside it says so', async () => {
    const workspace = await running();
    await stopWorkspace(await requireWorkspaceAccess(owner, workspace.id));
    await becomes(workspace.id, 'stopped', 30_000);
    docker('start', workspace.container.id ?? '');
    await becomes(workspace.id, 'running', BY_EVENT_MS, /^Its container was started outside Anyon/);
    docker('kill', workspace.container.id ?? '');
    expect((await becomes(workspace.id, 'stopped', BY_EVENT_MS, /^Its container was stopped outside Anyon/)).recovery.nextAt).toBeNull();
  });
});

it('a person’s word goes first: a stop in the middle of a recovery stays a stop', async () => {
  const workspace = await running({ backoffSeconds: 600 });
  docker('kill', workspace.container.id ?? '');
  await becomes(workspace.id, 'unhealthy', BY_EVENT_MS, /in 1?\d min \(try 1 of 3\)\.$/);
  await stopWorkspace(await requireWorkspaceAccess(owner, workspace.id));
  expect((await becomes(workspace.id, 'stopped', 30_000)).recovery).toMatchObject({ attempts: 0, nextAt: null });
  docker('start', workspace.container.id ?? '');
  docker('kill', workspace.container.id ?? '');
  await startWorkspace(await requireWorkspaceAccess(owner, workspace.id));
  await becomes(workspace.id, 'running', 60_000);
});

it('tries as often as it may and then does what was chosen', async () => {
  const workspace = await running({ maxRetries: 1, fallback: 'remove' });
  docker('kill', workspace.container.id ?? '');
  await becomes(workspace.id, 'unhealthy');
  const back = await becomes(workspace.id, 'running', 60_000);
  docker('kill', back.container.id ?? '');
  const given = await becomes(workspace.id, 'stopped', BY_EVENT_MS, /Anyon tried once to bring it back and has removed its container; the files are kept\./);
  expect(given).toMatchObject({ desired: 'stopped', container: { id: null } });
  expect(docker('ps', '--all', '--quiet', '--filter', `label=anyon.workspace=${workspace.id}`)).toBe('');
});

it('when all is quiet, nothing is left to do', async () => {
  await until('everything to be quiet', async () => {
    const { differences } = await reconcile(containerEngine(), { cause: 'command', dryRun: true });
    return differences.every(({ action }) => action === 'leave');
  }, BY_CLOCK_MS);
});

/** An old kernel does not freeze a container whose processes are busy at that very moment. */
function isDone(...args: string[]): boolean {
  try {
    docker(...args);
    return true;
  } catch {
    return false;
  }
}

function networkOf(workspace: WorkspaceView): string {
  return `${product.instance}-network-${workspace.id}`;
}

function networksOf(workspace: WorkspaceView): string {
  return docker('inspect', '--format', '{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}', workspace.container.id ?? '');
}
