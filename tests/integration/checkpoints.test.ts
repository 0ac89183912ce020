import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import { createWorkspaceInput } from '@/contract/workspace';
import { checkpoints, removedWorkspaces, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { removedDir, workspaceDir, workspaceFilesDir } from '@/server/deployment/paths';
import { env } from '@/server/env';
import { startRun } from '@/server/runs/start-run';
import { requireWorkspaceAccess, type WorkspaceAccess } from '@/server/workspaces/access';
import { listRemovedWorkspaces } from '@/server/workspaces/checkpoints/removed-rows';
import { restoreCheckpoint } from '@/server/workspaces/checkpoints/restore-checkpoint';
import { discardRemovedWorkspace, restoreRemovedWorkspace } from '@/server/workspaces/checkpoints/restore-removed-workspace';
import { sweepRemovedWork } from '@/server/workspaces/checkpoints/sweep-removed-work';
import { listCheckpoints, takeCheckpointsNow } from '@/server/workspaces/checkpoints/take-checkpoints';
import { createWorkspace } from '@/server/workspaces/create-workspace';
import { deleteWorkspace } from '@/server/workspaces/delete-workspace';
import { restartWorkspace } from '@/server/workspaces/restart-workspace';
import { startWorkspace } from '@/server/workspaces/start-workspace';
import { stopWorkspace } from '@/server/workspaces/stop-workspace';
import { getWorkspace } from '@/server/workspaces/workspace-queries';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';
import { endedRun, runWhere, workspaceWhere } from '@/tests/setup/wait-for-state';

/** N10: work that nobody has committed, through the whole life of a workspace, on the real engine. */
let product: TestProduct;
let owner: Actor;
let worker: TestWorker;
let repositoryUrl = '';

beforeAll(async () => {
  product = await startTestProduct();
  owner = await product.addUser('owner');
  repositoryUrl = product.addRepository('hello', { 'README.md': '# Hello\n', 'src/a.txt': 'one\n', '.gitignore': '*.log\n' });
  worker = await startTestWorker();
});
afterEach(async () => {
  for (const { id } of await database().select({ id: workspaces.id }).from(workspaces)) await remove(id);
  for (const one of await listRemovedWorkspaces(owner)) await discardRemovedWorkspace(owner, one.id);
});
afterAll(async () => {
  await worker?.stop();
  await product?.close();
});

const access = (id: string, actor = owner): Promise<WorkspaceAccess> => requireWorkspaceAccess(actor, id);
const repo = (id: string) => path.join(workspaceFilesDir(id), 'repo');

const settled = (id: string, actor = owner) => workspaceWhere(actor, { id }, ({ status, task }) => status !== 'creating' && task === null);

async function create(more: Record<string, unknown> = {}): Promise<string> {
  const { id } = await createWorkspace(owner, createWorkspaceInput.parse({ repositoryUrl, limits: { memoryBytes: 768 * 1024 ** 2, cpus: 1, pids: 512 }, ...more }));
  expect(await settled(id)).toMatchObject({ status: 'running', statusReason: null });
  return id;
}

async function stop(id: string): Promise<void> {
  await stopWorkspace(await access(id));
  await workspaceWhere(owner, { id }, ({ status, task }) => status === 'stopped' && task === null);
}

async function start(id: string): Promise<void> {
  await startWorkspace(await access(id));
  expect(await settled(id)).toMatchObject({ status: 'running', statusReason: null });
}

async function remove(id: string): Promise<void> {
  await deleteWorkspace(await access(id));
  while ((await database().select().from(workspaces).where(eq(workspaces.id, id))).length > 0) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Runs bash as `anyon` in the workspace's container. */
async function inside(id: string, text: string): Promise<string> {
  const { container } = await getWorkspace(await access(id));
  return execFileSync('docker', ['exec', '-u', '1000:1000', '-w', '/workspace/repo', container.id ?? '', 'bash', '-euc', text], { encoding: 'utf8' });
}

/** Every file and link below a folder with its bytes (hashed) and whether it can be run; names as bytes, without git's own. */
function listing(directory: string): Record<string, string> {
  const found: [string, string][] = [];
  const walk = (folder: Buffer) => {
    for (const entry of readdirSync(folder, { withFileTypes: true, encoding: 'buffer' })) {
      const full = Buffer.concat([folder, Buffer.from('/'), entry.name]);
      if (entry.name.toString() === '.git') continue;
      if (entry.isDirectory()) walk(full);
      else if (entry.isSymbolicLink()) found.push([full.toString('hex'), `link ${readlinkSync(full)}`]);
      else found.push([full.toString('hex'), `${statSync(full).mode & 0o100 ? 'x' : '-'} ${createHash('sha256').update(readFileSync(full)).digest('hex')}`]);
    }
  };
  walk(Buffer.from(directory));
  const prefix = Buffer.from(directory).toString('hex');
  return Object.fromEntries(found.map(([name, what]): [string, string] => [name.slice(prefix.length), what]).sort());
}

const work = `echo changed > src/a.txt; rm README.md; mkdir -p new; head -c 100000 /dev/urandom > new/bytes; chmod +x new/bytes; printf x > "$(printf 'n\\n\\xff"')"; ln -s nowhere link
  git checkout -q -b side; git commit -q --allow-empty -m mine; echo staged > staged; git add staged; echo later > staged; echo ignored > some.log`;

describe('N10 what is not committed', () => {
  it('is kept at stop and restart, is still there, and comes back by a click', async () => {
    const id = await create();
    await inside(id, work);
    const before = listing(repo(id));
    await stop(id);
    expect(listing(repo(id))).toEqual(before);
    const [first] = await listCheckpoints(await access(id));
    expect(first).toMatchObject({ workspaceId: id, tree: 'repo', runId: null, runNumber: null, cause: 'stop', changedFiles: 6 });
    await expect(restoreCheckpoint(await access(id), first?.id ?? '')).rejects.toMatchObject({ kind: 'precondition', message: expect.stringMatching(/must be running/) as string });

    await start(id);
    await inside(id, 'rm -rf new src staged; echo other > README.md');
    await restartWorkspace(await access(id));
    await workspaceWhere(owner, { id }, ({ status, task }) => status === 'running' && task === null);
    expect((await listCheckpoints(await access(id))).map(({ cause }) => cause)).toEqual(['restart', 'stop']);
    const undo = await restoreCheckpoint(await access(id), first?.id ?? '');
    expect(undo).toMatchObject({ tree: 'repo', cause: 'restart' }); // what was there is what the restart has kept
    expect(listing(repo(id))).toEqual(before);
    expect(await inside(id, 'git branch --show-current; git diff --cached --name-only')).toBe('side\nstaged\n');
    await restoreCheckpoint(await access(id), undo.id);
    expect(readFileSync(path.join(repo(id), 'README.md'), 'utf8')).toBe('other\n');
    await expect(restoreCheckpoint(await access(id), uuidv7())).rejects.toMatchObject({ kind: 'not_found' });
  });

  it('is kept when a person asks, once for each change, and rows that a crash has left out come back', async () => {
    const id = await create();
    expect(await takeCheckpointsNow(await access(id))).toEqual([]);
    await inside(id, 'echo x > x');
    expect(await takeCheckpointsNow(await access(id))).toMatchObject([{ cause: 'person', changedFiles: 1 }]);
    expect(await takeCheckpointsNow(await access(id))).toEqual([]);
    const rows = await listCheckpoints(await access(id));
    await database().delete(checkpoints).where(eq(checkpoints.workspaceId, id));
    await takeCheckpointsNow(await access(id));
    expect(await listCheckpoints(await access(id))).toEqual(rows);
    await inside(id, 'git for-each-ref --format="delete %(refname)" refs/anyon/checkpoints | git update-ref --stdin');
    await inside(id, 'git add x; git commit -qm x');
    await takeCheckpointsNow(await access(id));
    expect(await listCheckpoints(await access(id))).toEqual([]);
  });

  it('of a run is kept in its own tree, which is not restored while the run is at work there', async () => {
    const id = await create();
    const run = await startRun(await access(id), { prompt: '[[sim:bash cmd="echo by-the-run > made.txt; tail -f /dev/null"]]' });
    await runWhere(owner, run, ({ status, outBytes }) => status === 'running' && outBytes > 0);
    const made = path.join(workspaceFilesDir(id), 'worktrees', run.id, 'made.txt');
    while (!existsSync(made)) await new Promise((resolve) => setTimeout(resolve, 50));
    const [taken] = await takeCheckpointsNow(await access(id));
    expect(taken).toMatchObject({ tree: `worktrees/${run.id}`, runId: run.id, runNumber: 1, changedFiles: 1 });
    await expect(restoreCheckpoint(await access(id), taken?.id ?? '')).rejects.toMatchObject({ kind: 'conflict', message: expect.stringMatching(/^Run #1 is at work/) as string });
    await stop(id);
    await endedRun(owner, run);
    await start(id);
    await inside(id, `echo other > /workspace/worktrees/${run.id}/made.txt`);
    await restoreCheckpoint(await access(id), taken?.id ?? '');
    expect(readFileSync(made, 'utf8')).toBe('by-the-run\n');
  });

  it('that cannot be kept does not stand in the way of a stop', async () => {
    const id = await create();
    await inside(id, 'echo x > x; mkdir -p /workspace/.anyon; rm -rf /workspace/.anyon/checkpoints; echo a file > /workspace/.anyon/checkpoints');
    await expect(takeCheckpointsNow(await access(id))).rejects.toMatchObject({ kind: 'internal', message: expect.stringMatching(/^The checkpoint failed: /) as string });
    await stop(id);
    expect(readFileSync(path.join(repo(id), 'x'), 'utf8')).toBe('x\n');
  });
});

describe('N10 a deleted workspace', () => {
  const kept = async (actor = owner) => (await listRemovedWorkspaces(actor)).map(({ workspaceId, kind }) => [workspaceId, kind]);
  const removedRow = async (workspaceId: string) => (await database().select().from(removedWorkspaces).where(eq(removedWorkspaces.workspaceId, workspaceId)))[0];

  it('leaves nothing when all of it is in the remote', async () => {
    const id = await create();
    await remove(id);
    expect([await kept(), existsSync(removedDir(id)), existsSync(workspaceDir(id))]).toEqual([[], false, false]);
  });

  it('comes back byte for byte, with its checkpoints and settings, for its owner and for admins alone', async () => {
    const setup = { name: 'Mine', setupScript: 'echo done > /tmp/done', egress: { level: 'open', hosts: [] }, extraRepositories: [{ url: repositoryUrl, folder: 'lib', branch: null }] };
    const id = await create(setup);
    await inside(id, `${work}; echo lib > ../repositories/lib/untracked`);
    await takeCheckpointsNow(await access(id));
    await inside(id, 'echo more > more');
    const before = [listing(repo(id)), listing(path.join(workspaceFilesDir(id), 'repositories'))].map(withoutLogs);
    const git = await inside(id, 'git status --porcelain; git log --format=%H -3; git branch');
    await remove(id);
    expect(await kept()).toEqual([[id, 'bundle']]);
    expect(readdirSync(removedDir(id)).map((name) => [name, statSync(path.join(removedDir(id), name)).mode & 0o777])).toEqual([['kept.json', 0o600], ['repository-a.bundle', 0o600], ['repository-b.bundle', 0o600]]);
    const row = await removedRow(id);
    expect((row?.keptUntil.getTime() ?? 0) - Date.now()).toBeGreaterThan((env().ANYON_BUNDLE_KEEP_DAYS - 1) * 24 * 3600 * 1000);

    const other = await product.addUser('other');
    expect(await kept(other)).toEqual([]);
    await expect(restoreRemovedWorkspace(other, row?.id ?? '')).rejects.toMatchObject({ kind: 'not_found' });
    await expect(discardRemovedWorkspace(other, row?.id ?? '')).rejects.toMatchObject({ kind: 'not_found' });
    const admin = await product.addUser('admin', 'admin');
    expect(await kept(admin)).toEqual([[id, 'bundle']]);

    const view = await restoreRemovedWorkspace(admin, row?.id ?? '');
    expect(view).toMatchObject({ name: 'Mine', owner: { id: owner.userId }, setupScript: setup.setupScript, extraRepositories: setup.extraRepositories });
    await expect(restoreRemovedWorkspace(owner, row?.id ?? '')).rejects.toMatchObject({ kind: 'not_found' }); // under way already
    expect(await settled(view.id)).toMatchObject({ status: 'running', statusReason: null });
    expect([listing(repo(view.id)), listing(path.join(workspaceFilesDir(view.id), 'repositories'))]).toEqual(before);
    expect(await inside(view.id, 'git status --porcelain; git log --format=%H -3; git branch')).toBe(git);
    expect((await listCheckpoints(await access(view.id))).map(({ tree, cause }) => [tree, cause]).sort()).toEqual([['repo', 'delete'], ['repo', 'person'], ['repositories/lib', 'person']]);
    expect(await sweepRemovedWork()).toBe(1); // the new workspace has it all
    expect([await kept(), existsSync(removedDir(id))]).toEqual([[], false]);
  });

  it('is kept as files where a bundle would not hold everything, and when it was stopped a bundle is made all the same', async () => {
    const id = await create();
    await inside(id, 'echo stray > /workspace/stray.txt; echo x > x; echo ignored > some.log; mkdir -p /workspace/.anyon/claude; echo secret > /workspace/.anyon/claude/transcript');
    const before = listing(workspaceFilesDir(id));
    await stop(id);
    await remove(id);
    expect(await kept()).toEqual([[id, 'files']]);
    expect(existsSync(path.join(removedDir(id), 'files/.anyon'))).toBe(false);
    const view = await restoreRemovedWorkspace(owner, (await removedRow(id))?.id ?? '');
    expect((await settled(view.id)).status).toBe('running');
    expect(listing(workspaceFilesDir(view.id))).toEqual(Object.fromEntries(Object.entries(before).filter(([name]) => !Buffer.from(name, 'hex').includes('/.anyon/'))));
    expect(await inside(view.id, 'git status --porcelain')).toBe('?? x\n');
    expect(await sweepRemovedWork()).toBe(1);

    await inside(view.id, 'rm /workspace/stray.txt');
    await stop(view.id);
    await remove(view.id);
    expect(await kept()).toEqual([[view.id, 'bundle']]);
    await discardRemovedWorkspace(owner, (await removedRow(view.id))?.id ?? '');
    expect([await kept(), existsSync(removedDir(view.id))]).toEqual([[], false]);
  });

  it('whose container is gone is kept as files; what was being restored goes back when that is deleted', async () => {
    const id = await create();
    await inside(id, 'echo x > x');
    execFileSync('docker', ['rm', '-f', (await getWorkspace(await access(id))).container.id ?? '']);
    await remove(id);
    expect(await kept()).toEqual([[id, 'files']]);
    const removedId = (await removedRow(id))?.id ?? '';
    await worker.stop(); // nobody brings the restored one up
    const view = await restoreRemovedWorkspace(owner, removedId);
    expect(await kept()).toEqual([]);
    // As if a worker had died in the middle of the move.
    mkdirSync(path.join(workspaceFilesDir(view.id), 'repo'), { recursive: true });
    execFileSync('mv', [path.join(removedDir(id), 'files/repo/x'), path.join(workspaceFilesDir(view.id), 'repo/x')]);
    execFileSync('mv', [path.join(removedDir(id), 'files/repo'), path.join(removedDir(id), 'rest')]);
    execFileSync('cp', ['-a', '-T', path.join(removedDir(id), 'rest'), path.join(workspaceFilesDir(view.id), 'repo')]);
    await deleteWorkspace(await access(view.id));
    worker = await startTestWorker();
    await remove(view.id).catch(() => undefined);
    expect(await kept()).toEqual([[id, 'files']]);
    const again = await restoreRemovedWorkspace(owner, removedId);
    expect((await settled(again.id)).status).toBe('running');
    expect(readFileSync(path.join(repo(again.id), 'x'), 'utf8')).toBe('x\n');
  });

  it('is gone when its days are over, and so is what a crash has left without a row', async () => {
    const id = await create();
    await inside(id, 'echo x > x');
    await remove(id);
    const orphan = uuidv7();
    mkdirSync(removedDir(orphan));
    const longAgo = new Date(Date.now() - (env().ANYON_BUNDLE_KEEP_DAYS + 1) * 24 * 3600 * 1000);
    utimesSync(removedDir(orphan), longAgo, longAgo);
    await database().update(removedWorkspaces).set({ keptUntil: new Date(Date.now() - 1000) }).where(eq(removedWorkspaces.workspaceId, id));
    expect(await kept()).toEqual([]);
    await expect(restoreRemovedWorkspace(owner, (await removedRow(id))?.id ?? '')).rejects.toMatchObject({ kind: 'not_found' });
    expect(await sweepRemovedWork()).toBe(2);
    expect([await removedRow(id), existsSync(removedDir(id)), existsSync(removedDir(orphan))]).toEqual([undefined, false, false]);
  });

  it('that is started again after a deletion had failed has its files back', async () => {
    const id = await create();
    await inside(id, 'echo x > x');
    await stop(id);
    // What a deletion leaves that was killed after it had kept the files, and then given up.
    mkdirSync(removedDir(id));
    writeFileSync(path.join(removedDir(id), 'kept.json'), JSON.stringify({ kind: 'files', bytes: 1, reason: 'test' }));
    execFileSync('mv', [workspaceFilesDir(id), path.join(removedDir(id), 'files')]);
    mkdirSync(workspaceFilesDir(id));
    chownSync(workspaceFilesDir(id), env().ANYON_DOCKER_USER, env().ANYON_DOCKER_USER);
    await start(id);
    expect(await inside(id, 'cat x')).toBe('x\n');
    expect(existsSync(removedDir(id))).toBe(false);
  });
});

/** Ignored files are not part of a bundle. */
function withoutLogs(files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).filter(([name]) => !Buffer.from(name, 'hex').toString('latin1').endsWith('.log')));
}
