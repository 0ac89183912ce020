import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { eq } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { createWorkspaceInput, type WorkspaceView } from '@/contract/workspace';
import { workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { isAnyonError } from '@/server/errors';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { changeWorkspace } from '@/server/workspaces/change-workspace';
import { createWorkspace } from '@/server/workspaces/create-workspace';
import { deleteWorkspace } from '@/server/workspaces/delete-workspace';
import { duplicateWorkspace } from '@/server/workspaces/duplicate-workspace';
import { readSetupLog } from '@/server/workspaces/setup/setup-log';
import { startWorkspace } from '@/server/workspaces/start-workspace';
import { stopWorkspace } from '@/server/workspaces/stop-workspace';
import { getWorkspace } from '@/server/workspaces/workspace-queries';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';

/** Clone and set-up of real workspaces, with the real engine, queue and git server. */
let product: TestProduct;
let owner: Actor;
let worker: TestWorker;
let repositoryUrl = '';

beforeAll(async () => {
  product = await startTestProduct();
  owner = await product.addUser('owner');
  repositoryUrl = product.addRepository('hello', { 'README.md': '# Hello\n' });
  worker = await startTestWorker();
});
afterEach(async () => {
  for (const { id } of await database().select({ id: workspaces.id }).from(workspaces)) {
    await deleteWorkspace(await requireWorkspaceAccess(anybody(), id));
    await viewWhere(id, (view) => view === null);
  }
});
afterAll(async () => {
  await worker?.stop();
  await product?.close();
});

async function viewWhere(id: string, done: (view: WorkspaceView | null) => boolean): Promise<WorkspaceView | null> {
  for (;;) {
    const view = await requireWorkspaceAccess(anybody(), id).then(getWorkspace).catch(nullWhenGone);
    if (done(view)) return view;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const anybody = (): Actor => ({ ...owner, role: 'admin' });

function nullWhenGone(error: unknown): null {
  if (isAnyonError(error) && error.kind === 'not_found') return null;
  throw error;
}

async function settled(id: string): Promise<WorkspaceView> {
  const view = await viewWhere(id, (now) => now !== null && now.status !== 'creating' && now.task === null);
  if (!view) throw new Error('The workspace is gone.');
  return view;
}

async function create(setupScript: string, more: { actor?: Actor; url?: string; extraRepositories?: { url: string; folder: string }[] } = {}): Promise<WorkspaceView> {
  const input = createWorkspaceInput.parse({ repositoryUrl: more.url ?? repositoryUrl, setupScript, limits: { memoryBytes: 512 * 1024 ** 2 }, recovery: { maxRetries: 0 }, extraRepositories: more.extraRepositories ?? [] });
  return settled((await createWorkspace(more.actor ?? owner, input)).id);
}

async function start(id: string): Promise<WorkspaceView> {
  await startWorkspace(await requireWorkspaceAccess(owner, id));
  return settled(id);
}

async function stop(id: string): Promise<void> {
  await stopWorkspace(await requireWorkspaceAccess(owner, id));
  await viewWhere(id, (view) => view?.status === 'stopped' && view.task === null);
}

const setupStep = (view: WorkspaceView) => view.steps.find(({ name }) => name === 'setup');
const logOf = async (id: string) => (await readSetupLog(await requireWorkspaceAccess(owner, id)))?.text;
const exchangeOf = (id: string) => readdirSync(path.join(product.directory, 'data/workspaces', id, 'exchange'));

function inside(view: WorkspaceView, ...argv: string[]): string {
  return execFileSync('docker', ['exec', view.container.id ?? '', ...argv], { encoding: 'utf8' }).trim();
}

describe('a set-up script', () => {
  it('runs once after the clone, as anyon in the repository, without input, and its output is kept in the order of speaking', async () => {
    const workspace = await create('id -un; pwd; echo trouble >&2; cat; echo "$0 $#" > /dev/null\necho ran >> ../count\n');
    expect(workspace).toMatchObject({ status: 'running', statusReason: null });
    expect(setupStep(workspace)).toMatchObject({ status: 'done' });
    expect(await logOf(workspace.id)).toBe('anyon\n/workspace/repo\ntrouble\n');
    await stop(workspace.id);
    const again = await start(workspace.id);
    expect(setupStep(again)).toMatchObject({ status: 'done', message: null });
    expect(inside(again, 'cat', '/workspace/count')).toBe('ran');
    expect(exchangeOf(workspace.id)).toEqual([]);
  });

  it('that fails leaves the workspace unhealthy with its exit code and last lines, is not tried again by itself, and runs again at the next start', async () => {
    const workspace = await create('echo try >> ../count\necho one\nls /not/there\necho never\n');
    expect(workspace.status).toBe('unhealthy');
    expect(workspace.statusReason).toMatch(/^The set-up script ended with exit code 2. Its last lines: one · ls: cannot access '\/not\/there': No such file or directory/);
    expect(setupStep(workspace)).toMatchObject({ status: 'failed', message: workspace.statusReason });
    expect(await logOf(workspace.id)).toMatch(/^one\nls: cannot access/);
    const again = await start(workspace.id);
    expect(again.status).toBe('unhealthy');
    await changeWorkspace(await requireWorkspaceAccess(owner, workspace.id), { setupScript: 'echo repaired >> ../count' });
    const good = await start(workspace.id);
    expect(good.status).toBe('running');
    // The clone was made once: the files of the failed tries are still there.
    expect(inside(good, 'cat', '/workspace/count')).toBe('try\ntry\nrepaired');
  });

  it('runs again at the next start once it was changed, and never after it was taken away', async () => {
    const workspace = await create('echo first >> ../count');
    const access = await requireWorkspaceAccess(owner, workspace.id);
    await changeWorkspace(access, { setupScript: 'echo second >> ../count' });
    await changeWorkspace(access, { name: 'Only another name' });
    await stop(workspace.id);
    const again = await start(workspace.id);
    expect(inside(again, 'cat', '/workspace/count')).toBe('first\nsecond');
    await changeWorkspace(access, { setupScript: ' ' });
    await stop(workspace.id);
    const without = await start(workspace.id);
    expect(without.setupScript).toBeNull();
    expect(inside(without, 'cat', '/workspace/count')).toBe('first\nsecond');
  });

  it('shows no secret and no control character, in the log as in the reason', async () => {
    const workspace = await create(`printf 'token sk-ant-%s-%040d \\033[31mred\\033[0m \\000 end\\n' api03 0; exit 9`);
    expect(workspace.statusReason).toMatch(/exit code 9. Its last lines: token \*+ red end/);
    expect(await logOf(workspace.id)).not.toMatch(/0{20}/);
    expect(JSON.stringify(workspace)).not.toMatch(/0{20}/);
  });

  it('keeps the last 64 KiB of what it says', async () => {
    const workspace = await create('seq 1 40000');
    const log = await logOf(workspace.id);
    expect(log).toMatch(/^\(\d+ bytes before this are not kept\)\n\d+\n/);
    expect(log?.endsWith('\n40000\n')).toBe(true);
    expect(Buffer.byteLength(log ?? '')).toBeLessThanOrEqual(64 * 1024 + 60);
  });

  it('that runs out of memory says so', async () => {
    const workspace = await create(`perl -e '$x = "x" x (700 * 1024 * 1024); sleep 1'`);
    expect(workspace).toMatchObject({ status: 'unhealthy', lastError: { class: 'memory' } });
    expect(workspace.statusReason).toMatch(/The set-up script ran out of memory: the workspace has 512 MiB. Give it more memory/);
  });

  it('goes on while Anyon restarts, and runs once', async () => {
    const input = createWorkspaceInput.parse({ repositoryUrl, setupScript: 'echo begun >> ../count\necho begun\nsleep 4\necho ended >> ../count\n', limits: { memoryBytes: 512 * 1024 ** 2 } });
    const { id } = await createWorkspace(owner, input);
    await viewWhere(id, (view) => view?.steps.some(({ name, message }) => name === 'setup' && message === 'begun') ?? false);
    await worker.stop();
    worker = await startTestWorker();
    const workspace = await settled(id);
    expect(workspace.status).toBe('running');
    expect(inside(workspace, 'cat', '/workspace/count')).toBe('begun\nended');
  });

  it('that was changed while an older one is on ends that one', async () => {
    const input = createWorkspaceInput.parse({ repositoryUrl, setupScript: 'echo old >> ../count\necho begun\ntail -f /dev/null\n', limits: { memoryBytes: 512 * 1024 ** 2 } });
    const { id } = await createWorkspace(owner, input);
    const begun = await viewWhere(id, (view) => view?.steps.some(({ name, message }) => name === 'setup' && message === 'begun') ?? false);
    await worker.stop();
    await changeWorkspace(await requireWorkspaceAccess(owner, id), { setupScript: 'echo new >> ../count' });
    worker = await startTestWorker();
    const workspace = await settled(id);
    expect(workspace.status).toBe('running');
    expect(inside(workspace, 'cat', '/workspace/count')).toBe('old\nnew');
    expect(workspace.container.id).toBe(begun?.container.id);
    expect(inside(workspace, 'ps', '-eo', 'args=')).not.toContain('tail -f');
  });
});

describe('the result of a set-up script', () => {
  const script = [
    'date +%s%N > ../moment',
    'mkdir -p node_modules/a ~/.local/bin && echo ignored > node_modules/a/index.js && echo tool > ~/.local/bin/tool && chmod 751 ~/.local/bin/tool',
    'ln -s a node_modules/link',
    'git config core.hooksPath .husky && echo changed >> README.md',
    'mkdir -p ~/.ssh ~/.claude && echo key > ~/.ssh/id && echo transcript > ~/.claude/t',
  ].join('\n');

  it('is taken over by the owner’s next workspace with the same image, script and commit, without running it', async () => {
    const first = await create(script);
    expect(setupStep(first)?.message).toBe('The result is kept for your next workspace with the same image, script and commit.');
    const copy = await settled((await duplicateWorkspace(await requireWorkspaceAccess(owner, first.id))).id);
    expect(copy.status).toBe('running');
    expect(setupStep(copy)?.message).toMatch(/^From the cache of \d{4}-\d\d-\d\d \d\d:\d\d UTC; the script did not run.$/);
    for (const look of [['cat', '/workspace/moment'], ['git', '-C', '/workspace/repo', 'status', '--porcelain', '--ignored'], ['git', '-C', '/workspace/repo', 'config', 'core.hooksPath'], ['cat', '/workspace/repo/node_modules/link/index.js'], ['stat', '-c', '%a %U', '/home/anyon/.local/bin/tool']]) {
      expect(inside(copy, ...look)).toBe(inside(first, ...look));
    }
    expect(inside(copy, 'ls', '-A', '/home/anyon')).not.toMatch(/\.ssh|\.claude/);
    expect(await logOf(copy.id)).toBeUndefined();
    expect(exchangeOf(copy.id)).toEqual([]);
  });

  it('is never given to another person', async () => {
    await create(script);
    const other = await product.addUser('other');
    const theirs = await create(script, { actor: other });
    expect(setupStep(theirs)?.message).not.toMatch(/cache/);
  });

  it('is not used for another commit, and not kept when the script has removed what git has', async () => {
    const url = product.addRepository('moving', { 'README.md': '1\n' });
    const first = await create('date +%s%N > ../moment', { url });
    const bare = path.join(product.directory, 'git/moving.git');
    const tree = execFileSync('git', ['-C', bare, 'rev-parse', 'HEAD^{tree}'], { encoding: 'utf8' }).trim();
    const author = { GIT_AUTHOR_NAME: 't', GIT_AUTHOR_EMAIL: 't@example.com', GIT_COMMITTER_NAME: 't', GIT_COMMITTER_EMAIL: 't@example.com' };
    const commit = execFileSync('git', ['-C', bare, 'commit-tree', tree, '-m', 'next'], { encoding: 'utf8', env: { ...process.env, ...author } }).trim();
    execFileSync('git', ['-C', bare, 'update-ref', 'HEAD', commit]);
    const second = await create('date +%s%N > ../moment', { url });
    expect(setupStep(second)?.message).toMatch(/^The result is kept/);
    expect(inside(second, 'cat', '/workspace/moment')).not.toBe(inside(first, 'cat', '/workspace/moment'));
    const removing = await create('rm README.md');
    expect(setupStep(removing)).toMatchObject({ status: 'done', message: null });
  });

  it('comes back into a container that was made anew, also when the script could not run any more', async () => {
    const workspace = await create(`${script}\ntest ! -e ../once && touch ../once`);
    const moment = inside(workspace, 'cat', '/workspace/moment');
    await stop(workspace.id);
    execFileSync('docker', ['rm', '--force', workspace.container.id ?? '']);
    const again = await start(workspace.id);
    expect(again).toMatchObject({ status: 'running' });
    expect(again.container.id).not.toBe(workspace.container.id);
    expect(setupStep(again)?.message).toMatch(/The container is new/);
    expect(inside(again, 'cat', '/home/anyon/.local/bin/tool')).toBe('tool');
    expect(inside(again, 'cat', '/workspace/moment')).toBe(moment);
    await stop(workspace.id);
    expect(setupStep(await start(workspace.id))?.message).toBeNull();
  });

  it('that was damaged on the disk is done without', async () => {
    const first = await create(script);
    const caches = path.join(product.directory, 'data/setup-caches', owner.userId);
    for (const name of readdirSync(caches)) truncateSync(path.join(caches, name), 100);
    const copy = await settled((await duplicateWorkspace(await requireWorkspaceAccess(owner, first.id))).id);
    expect(copy.status).toBe('running');
    expect(setupStep(copy)?.message).toMatch(/^The result is kept/);
    expect(inside(copy, 'cat', '/workspace/repo/node_modules/a/index.js')).toBe('ignored');
  });
});

describe('several repositories', () => {
  it('are cloned beside the first, each in its folder', async () => {
    const other = product.addRepository('other', { 'a.txt': 'other\n' }, ['side']);
    const workspace = await create('ls ../repositories > ../seen', { extraRepositories: [{ url: other, folder: 'Other.one' }, { url: repositoryUrl, folder: 'again' }] });
    expect(workspace.statusReason).toBeNull();
    expect(inside(workspace, 'cat', '/workspace/repositories/Other.one/a.txt')).toBe('other');
    expect(inside(workspace, 'cat', '/workspace/repositories/again/README.md')).toBe('# Hello');
    expect(inside(workspace, 'cat', '/workspace/seen')).toBe('Other.one\nagain');
    expect(existsSync(path.join(product.directory, 'data/workspaces', workspace.id, 'files/repo/.git'))).toBe(true);
  });

  it('that cannot be cloned are named', async () => {
    const missing = `${product.gitUrl}/missing.git`;
    const workspace = await create('', { extraRepositories: [{ url: missing, folder: 'missing' }] });
    expect(workspace.status).toBe('unhealthy');
    expect(workspace.statusReason).toContain(missing);
    expect(workspace.steps.find(({ name }) => name === 'clone')).toMatchObject({ status: 'failed' });
    const [row] = await database().select().from(workspaces).where(eq(workspaces.id, workspace.id));
    expect(row?.clonedAt).toBeNull();
  });
});
