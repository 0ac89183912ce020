import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import type { RunView } from '@/contract/run';
import type { WorkspaceView } from '@/contract/workspace';
import { removedWorkspaces, workspaces } from '@/db/schema';
import { containerEngine } from '@/server/containers/container-engine';
import { database } from '@/server/database';
import { ensureDirectories } from '@/server/deployment/directories';
import { readLeastSpace } from '@/server/deployment/free-space';
import { removedDir, runLogDir, workspaceFilesDir } from '@/server/deployment/paths';
import { env } from '@/server/env';
import { closeSender } from '@/server/queue/queue';
import { startRun } from '@/server/runs/start-run';
import { keyring } from '@/server/secrets/keyring';
import { makeBackup } from '@/server/system/backup/make-backup';
import { restoreBackup } from '@/server/system/backup/restore-backup';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { restoreRemovedWorkspace } from '@/server/workspaces/checkpoints/restore-removed-workspace';
import { deleteWorkspace } from '@/server/workspaces/delete-workspace';
import { root } from '@/tests/house/house';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';
import { endedRun, runningWorkspace, workspaceWhere } from '@/tests/setup/wait-for-state';

/** E2: worktrees and assets in places of their own, the assets on another file system, with the real engine and CLI. */
const limits = { memoryBytes: 768 * 1024 ** 2 };
const otherDisk = existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();
const trees = mkdtempSync(path.join(os.tmpdir(), 'anyon-trees-'));
const assets = mkdtempSync(path.join(otherDisk, 'anyon-assets-'));
let product: TestProduct;
let worker: TestWorker;
let owner: Actor;
let workspace: WorkspaceView;
let other: WorkspaceView;
let run: RunView;

beforeAll(async () => {
  changeEnvironment({ ANYON_WORKTREE_DIR: trees, ANYON_ASSET_DIR: assets });
  product = await startTestProduct();
  await ensureDirectories();
  owner = await product.addUser('owner');
  worker = await startTestWorker();
  const repositoryUrl = product.addRepository('hello', { 'README.md': '# Hello\n' });
  [workspace, other] = await Promise.all([runningWorkspace(owner, { repositoryUrl, limits }), runningWorkspace(owner, { repositoryUrl, limits })]);
  run = await endedRun(owner, await startRun(await requireWorkspaceAccess(owner, workspace.id), { prompt: '[[sim:write path=made.txt content="made\\n"]] [[sim:text text="done"]]' }));
});
afterAll(async () => {
  await worker?.stop();
  await product?.close();
  for (const place of [trees, assets]) rmSync(place, { recursive: true, force: true });
});

const logOf = (id: string) => readFileSync(path.join(runLogDir(id), 'out.log'), 'utf8');
const inData = () => readdirSync(env().dataDir);

describe('E2 places of their own', () => {
  it('hold the files of the workspace, which its container sees, and the log of its run; nothing of them is in the data directory', async () => {
    expect(run.status).toBe('succeeded');
    expect(workspaceFilesDir(workspace.id)).toBe(path.join(trees, workspace.id, 'files'));
    expect(statSync(path.join(trees, workspace.id, 'files')).uid).toBe(env().ANYON_DOCKER_USER);
    expect(readdirSync(path.join(trees, workspace.id, 'files'))).toContain('repo');
    const [row] = await database().select().from(workspaces).where(eq(workspaces.id, workspace.id));
    const { exitCode, stdout } = await containerEngine().exec(row?.containerId ?? '', { argv: ['cat', '/workspace/repo/README.md'], user: '1000:1000' });
    expect([exitCode, stdout.toString()]).toEqual([0, '# Hello\n']);
    expect(runLogDir(run.id)).toBe(path.join(assets, 'runs', run.id));
    expect(logOf(run.id)).toContain('done');
    expect(inData().filter((name) => ['workspaces', 'runs', 'removed', 'setup-caches'].includes(name))).toEqual([]);
    expect([env().dataDir, trees, assets]).toContain((await readLeastSpace()).place);
  });

  it('go aside for a restore without leaving their file systems, and the kept work of a deleted workspace comes back out of them', async () => {
    const file = path.join(workspaceFilesDir(other.id), 'repo/not-committed.txt');
    writeFileSync(file, 'kept\n');
    if (process.getuid?.() === 0) chownSync(file, env().ANYON_DOCKER_USER, env().ANYON_DOCKER_USER);
    await deleteWorkspace(await requireWorkspaceAccess(owner, other.id));
    const removed = await keptWork(other.id);
    expect(existsSync(path.join(assets, 'removed', other.id, 'kept.json'))).toBe(true);
    const folder = path.join(product.directory, 'backups');
    mkdirSync(folder);
    const log = logOf(run.id);
    const { file: backup } = await makeBackup({ databaseUrl: env().DATABASE_URL ?? '', folder, currentKeyId: keyring().current.id });
    await worker.stop();
    await closeSender();

    const { aside } = await restoreBackup({ file: backup, replace: true, keyIds: keyring().ids, migrations: path.join(root, 'db/migrations'), databaseUrl: async () => env().DATABASE_URL ?? '' });
    expect(readdirSync(path.join(trees, `.${aside}`))).toEqual([workspace.id]);
    expect(readdirSync(trees).filter((name) => !name.startsWith('.'))).toEqual([]);
    expect(existsSync(path.join(assets, aside ?? '', 'runs', run.id, 'out.log'))).toBe(true);
    expect([logOf(run.id), existsSync(path.join(removedDir(other.id), 'kept.json'))]).toEqual([log, true]);

    worker = await startTestWorker();
    const back = await workspaceWhere(owner, await restoreRemovedWorkspace(owner, removed), ({ status }) => status !== 'creating');
    expect(back).toMatchObject({ status: 'running', statusReason: null });
    expect(readFileSync(path.join(trees, back.id, 'files/repo/not-committed.txt'), 'utf8')).toBe('kept\n');
  });
});

/** Id of what is kept of a workspace, when it is gone. */
async function keptWork(workspaceId: string): Promise<string> {
  for (;;) {
    const [kept] = await database().select().from(removedWorkspaces).where(eq(removedWorkspaces.workspaceId, workspaceId));
    const left = await database().$count(workspaces, eq(workspaces.id, workspaceId));
    if (kept && left === 0) return kept.id;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
