import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { uuidv7 } from 'uuidv7';
import { expect } from 'vitest';
import { workspaces } from '@/db/schema';
import { database } from '@/server/database';
import { workspaceDir, workspaceFilesDir } from '@/server/deployment/paths';
import { networkName } from '@/server/egress/workspace-network';
import { env } from '@/server/env';
import { startBatch } from '@/server/workspaces/batches/start-batch';
import { deleteWorkspace } from '@/server/workspaces/delete-workspace';
import { stopWorkspace } from '@/server/workspaces/stop-workspace';
import type { LifeCycleScene } from '@/tests/faults/life-cycle-scene';

/** Something asked for in whose middle the worker dies, and what must be true in the end. */
export interface SteppedOperation {
  /** Brings about what the step needs, with a healthy worker; returns the workspace. */
  prepare(): Promise<string>;
  /** Asks for the operation in whose middle the worker dies. */
  ask(workspaceId: string): Promise<void>;
  /** What must be true in the end, beside the invariants. */
  expectAfter(workspaceId: string): Promise<void>;
}

const WORK = 'what nobody has committed\n';

/** A workspace that runs, with a file in it that no commit holds. */
export async function workspaceWithWork(scene: LifeCycleScene): Promise<string> {
  const id = await scene.create(`step ${uuidv7().slice(-6)}`);
  await scene.until(id, 'the workspace to run', (row) => row?.status === 'running');
  scene.leaveWork(id, WORK);
  return id;
}

const unsaved = (workspaceId: string) => path.join(workspaceFilesDir(workspaceId), 'repo/unsaved.txt');

export const creating = (scene: LifeCycleScene): SteppedOperation => ({
  prepare: () => Promise.resolve(''),
  ask: async () => {
    // A script that nobody else has, or its result would come from the cache.
    await scene.create('being created', { setupScript: `echo prepared >> prepared.txt # ${uuidv7()}` });
  },
  expectAfter: async () => {
    const [row] = await database().select().from(workspaces);
    expect(row?.status).toBe('running');
    const repository = path.join(workspaceFilesDir(row?.id ?? ''), 'repo');
    expect(readFileSync(path.join(repository, 'README.md'), 'utf8')).toBe('# Plain\n');
    expect(readFileSync(path.join(repository, 'prepared.txt'), 'utf8')).toBe('prepared\n');
  },
});

export const stopping = (scene: LifeCycleScene): SteppedOperation => ({
  prepare: () => workspaceWithWork(scene),
  ask: async (workspaceId) => void (await stopWorkspace(await scene.access(workspaceId))),
  expectAfter: async (workspaceId) => {
    expect((await scene.row(workspaceId))?.status).toBe('stopped');
    expect(readFileSync(unsaved(workspaceId), 'utf8')).toBe(WORK);
    const refs = execFileSync('git', ['-C', path.dirname(unsaved(workspaceId)), '-c', 'safe.directory=*', 'for-each-ref', '--format=%(objectname)', 'refs/anyon/checkpoints'], { encoding: 'utf8' });
    const newest = refs.trim().split('\n').at(-1) ?? '';
    const kept = execFileSync('git', ['-C', path.dirname(unsaved(workspaceId)), '-c', 'safe.directory=*', 'show', `${newest}:unsaved.txt`], { encoding: 'utf8' });
    expect(kept).toBe(WORK);
  },
});

export const removing = (scene: LifeCycleScene): SteppedOperation => ({
  prepare: () => workspaceWithWork(scene),
  ask: async (workspaceId) => void (await deleteWorkspace(await scene.access(workspaceId))),
  expectAfter: async (workspaceId) => {
    expect(await scene.row(workspaceId)).toBeNull();
    expect(existsSync(workspaceDir(workspaceId))).toBe(false);
    expect(existsSync(path.join(env().dataDir, 'removed', workspaceId))).toBe(true);
  },
});

export const recovering = (scene: LifeCycleScene): SteppedOperation => ({
  prepare: () => workspaceWithWork(scene),
  ask: async (workspaceId) => void execFileSync('docker', ['kill', (await scene.row(workspaceId))?.containerId ?? '']),
  expectAfter: async (workspaceId) => {
    await scene.until(workspaceId, 'the workspace to run', (row) => row?.status === 'running');
    expect(readFileSync(unsaved(workspaceId), 'utf8')).toBe(WORK);
  },
});

export const batchStop = (scene: LifeCycleScene): SteppedOperation => ({
  prepare: () => workspaceWithWork(scene),
  ask: async (workspaceId) => void (await startBatch(scene.owner, { action: 'stop', selection: { workspaceIds: [workspaceId] } })),
  expectAfter: async (workspaceId) => {
    expect((await scene.row(workspaceId))?.status).toBe('stopped');
  },
});

/** A network of a workspace that was deleted: the reconciler finds it by itself, within its 30 s. */
export const strayNetwork = (scene: LifeCycleScene): SteppedOperation => ({
  prepare: async () => {
    const id = await workspaceWithWork(scene);
    await deleteWorkspace(await scene.access(id));
    await scene.until(id, 'the workspace to go', (row) => row === null);
    return id;
  },
  ask: async (id) => {
    const labels = [`anyon.instance=${scene.product.instance}`, `anyon.workspace=${id}`].flatMap((label) => ['--label', label]);
    execFileSync('docker', ['network', 'create', ...labels, networkName(id)]);
  },
  expectAfter: async (id) => {
    expect(execFileSync('docker', ['network', 'ls', '--quiet', '--filter', `name=${networkName(id)}`], { encoding: 'utf8' })).toBe('');
  },
});
