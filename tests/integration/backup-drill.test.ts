import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { eq } from 'drizzle-orm';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Actor } from '@/contract/actor';
import type { RunView } from '@/contract/run';
import type { WorkspaceView } from '@/contract/workspace';
import { openDatabase } from '@/db/client';
import { removedWorkspaces, workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { startEmbeddedPostgres, stopEmbeddedPostgres } from '@/server/deployment/embedded-postgres';
import { postgresDir, removedDir, runLogDir, workspaceFilesDir } from '@/server/deployment/paths';
import { env } from '@/server/env';
import { closeSender } from '@/server/queue/queue';
import { startRun } from '@/server/runs/start-run';
import { keyring } from '@/server/secrets/keyring';
import { putSecret, revealSecret, type SecretVersion } from '@/server/secrets/vault';
import { makeBackup, type MadeBackup } from '@/server/system/backup/make-backup';
import { restoreBackup } from '@/server/system/backup/restore-backup';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { restoreRemovedWorkspace } from '@/server/workspaces/checkpoints/restore-removed-workspace';
import { deleteWorkspace } from '@/server/workspaces/delete-workspace';
import { startWorkspace } from '@/server/workspaces/start-workspace';
import { root } from '@/tests/house/house';
import { sha256 } from '@/tests/setup/backup-bench';
import { freePort } from '@/tests/setup/free-ports';
import { changeEnvironment } from '@/tests/setup/test-environment';
import { startTestProduct, type TestProduct } from '@/tests/setup/test-product';
import { startTestWorker, type TestWorker } from '@/tests/setup/test-worker';
import { endedRun, runningWorkspace, workspaceWhere } from '@/tests/setup/wait-for-state';

/** The whole way on the real engine: a run, a secret, a deleted workspace; a backup beside the working product; and back. */
const migrations = path.join(root, 'db/migrations');
const limits = { memoryBytes: 768 * 1024 ** 2 };
let product: TestProduct;
let worker: TestWorker;
let owner: Actor;
let living: WorkspaceView;
let run: RunView;
let secret: SecretVersion;
let removed: string;
let logSum: string;
let backup: MadeBackup;

beforeAll(async () => {
  product = await startTestProduct();
  owner = await product.addUser('owner');
  worker = await startTestWorker();
  const repositoryUrl = product.addRepository('hello', { 'README.md': '# Hello\n' });
  [living, removed] = await Promise.all([runningWorkspace(owner, { repositoryUrl, limits }), deletedWorkspace(repositoryUrl)]);
  secret = await putSecret(database(), { ownerId: owner.userId, kind: 'custom', name: 'TOKEN' }, 'a value that comes back');
  run = await endedRun(owner, await startRun(await requireWorkspaceAccess(owner, living.id), { prompt: '[[sim:write path=made.txt content="made\\n"]] [[sim:text text="done"]]' }));
  expect(run.status).toBe('succeeded');
  logSum = sha256(path.join(runLogDir(run.id), 'out.log'));
  const folder = path.join(product.directory, 'backups');
  mkdirSync(folder);
  backup = await makeBackup({ databaseUrl: env().DATABASE_URL ?? '', folder, currentKeyId: keyring().current.id });
});
afterAll(async () => {
  await worker?.stop();
  await product?.close();
});

/** With work that nobody has committed. Returns the id of what is kept. */
async function deletedWorkspace(repositoryUrl: string): Promise<string> {
  const { id } = await runningWorkspace(owner, { repositoryUrl, limits });
  const file = path.join(workspaceFilesDir(id), 'repo/not-committed.txt');
  writeFileSync(file, 'kept\n');
  if (process.getuid?.() === 0) chownSync(file, env().ANYON_DOCKER_USER, env().ANYON_DOCKER_USER);
  await deleteWorkspace(await requireWorkspaceAccess(owner, id));
  for (;;) {
    const [kept] = await database().select().from(removedWorkspaces).where(eq(removedWorkspaces.workspaceId, id));
    const left = await database().$count(workspaces, eq(workspaces.id, id));
    if (kept && left === 0) return kept.id;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('REL-27 the drill', () => {
  it('on an empty machine with a Postgres of its own: the log to the byte, the secret, the kept work', async () => {
    const machine = path.join(product.directory, 'machine');
    mkdirSync(machine);
    chmodSync(product.directory, 0o711); // Postgres runs as another user and must be able to pass
    const before = { ANYON_DATA_DIR: env().dataDir, DATABASE_URL: env().DATABASE_URL };
    const bundle = sha256(path.join(removedDir(await workspaceOf(removed)), 'repository-a.bundle'));
    const place = await workspaceOf(removed);
    changeEnvironment({ ANYON_DATA_DIR: machine, DATABASE_URL: undefined });
    try {
      const databaseUrl = async () => (await startEmbeddedPostgres({ directory: postgresDir(), port: await freePort() })).url;
      const { aside, manifest } = await restoreBackup({ file: backup.file, replace: false, keyIds: keyring().ids, migrations, databaseUrl });
      expect(aside).toBeNull();
      expect(manifest).toEqual(backup.manifest);
      expect(sha256(path.join(runLogDir(run.id), 'out.log'))).toBe(logSum);
      expect(sha256(path.join(removedDir(place), 'repository-a.bundle'))).toBe(bundle);
      const sql = postgres(await databaseUrl(), { max: 1 });
      expect(await revealSecret(openDatabase(sql), secret)).toBe('a value that comes back');
      expect(await sql`select status from runs where id = ${run.id}`).toEqual([{ status: 'succeeded' }]);
      await sql.end();
    } finally {
      await stopEmbeddedPostgres(postgresDir());
      changeEnvironment(before);
    }
  });

  it('in the place of what went wrong: the deleted workspace comes back with its work, the living one clones again', async () => {
    await expect(restore()).rejects.toMatchObject({ message: expect.stringContaining('Anyon runs on the database') });
    await worker.stop();
    await closeSender();
    stopContainers();
    const { aside } = await restore();
    expect(existsSync(path.join(env().dataDir, aside ?? '', 'workspaces', living.id, 'files/repo'))).toBe(true);
    expect(sha256(path.join(runLogDir(run.id), 'out.log'))).toBe(logSum);
    worker = await startTestWorker();

    const back = await restoreRemovedWorkspace(owner, removed);
    const restored = await workspaceWhere(owner, back, ({ status }) => status !== 'creating');
    expect(restored).toMatchObject({ status: 'running', statusReason: null });
    expect(readFileSync(path.join(workspaceFilesDir(back.id), 'repo/not-committed.txt'), 'utf8')).toBe('kept\n');

    const stopped = await workspaceWhere(owner, living, () => true);
    expect(stopped).toMatchObject({ status: 'stopped', statusReason: expect.stringMatching(/clones the repository again/) });
    await startWorkspace(await requireWorkspaceAccess(owner, living.id));
    const again = await workspaceWhere(owner, living, ({ status, task }) => status !== 'stopped' && status !== 'creating' && task === null);
    expect(again).toMatchObject({ status: 'running', statusReason: null });
    expect(readFileSync(path.join(workspaceFilesDir(living.id), 'repo/README.md'), 'utf8')).toBe('# Hello\n');
    const next = await endedRun(owner, await startRun(await requireWorkspaceAccess(owner, living.id), { prompt: '[[sim:text text="on again"]]' }));
    expect(next).toMatchObject({ status: 'succeeded', number: run.number + 1 });
  });
});

const restore = () => restoreBackup({ file: backup.file, replace: true, keyIds: keyring().ids, migrations, databaseUrl: async () => env().DATABASE_URL ?? '' });

/** As `npm run down` and `npm run restore` do: what runs holds the folders that go aside. */
function stopContainers(): void {
  const running = execFileSync('docker', ['ps', '--quiet', '--filter', `label=anyon.instance=${product.instance}`], { encoding: 'utf8' }).split('\n').filter(Boolean);
  execFileSync('docker', ['stop', '--time', '1', ...running]);
}

async function workspaceOf(id: string): Promise<string> {
  const [row] = await database().select().from(removedWorkspaces).where(eq(removedWorkspaces.id, id));
  return row?.workspaceId ?? '';
}
