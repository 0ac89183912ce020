import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { uuidv7 } from 'uuidv7';
import { removedDir, workspaceFilesDir } from '@/server/deployment/paths';
import { archiveWorkspace } from '@/server/workspaces/archive-workspace';
import { deleteWorkspace } from '@/server/workspaces/delete-workspace';
import { restartWorkspace } from '@/server/workspaces/restart-workspace';
import { restoreWorkspace } from '@/server/workspaces/restore-workspace';
import { startWorkspace } from '@/server/workspaces/start-workspace';
import { stopWorkspace } from '@/server/workspaces/stop-workspace';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';
import type { LifeCycleScene } from '@/tests/faults/life-cycle-scene';

/** Something that people ask of a workspace, and what must be true of it afterwards whatever the engine did. */
export interface EngineOperation {
  /** With a healthy engine: brings about what it begins from; returns the workspace. Takes over `former`, the one of the time before, where it can. */
  prepare(former: string | null): Promise<string | null>;
  /** Returns the workspace it is about. */
  ask(workspaceId: string | null): Promise<string>;
  /** Whether the row (null: gone) says that it has succeeded. */
  succeeded(row: WorkspaceRow | null): boolean;
  /** What is wrong with the work that people have in it; none means that nothing is lost and nothing was done twice. */
  lostWork(workspaceId: string, succeeded: boolean): string[];
}

export type OperationName = 'create' | 'start' | 'restart' | 'stop' | 'archive' | 'delete';

const WORK = 'what nobody has committed\n';

export function engineOperations(scene: LifeCycleScene): Readonly<Record<OperationName, EngineOperation>> {
  const unsaved = (id: string) => path.join(workspaceFilesDir(id), 'repo/unsaved.txt');
  const keepsItsFiles = (id: string) => (existsSync(unsaved(id)) && readFileSync(unsaved(id), 'utf8') === WORK ? [] : ['work: unsaved.txt is gone']);

  /** A workspace with work in it that runs: the former one, brought up again, or a new one. */
  const running = async (former: string | null): Promise<string> => {
    const row = former === null ? null : await scene.row(former);
    if (row === null || row.status === 'deleting') return makeWithWork();
    if (row.status === 'archived') await restoreWorkspace(await scene.access(row.id));
    await startWorkspace(await scene.access(row.id));
    await scene.until(row.id, 'it to run again', (now) => now?.status === 'running');
    scene.leaveWork(row.id, WORK);
    return row.id;
  };
  const makeWithWork = async (): Promise<string> => {
    const id = await scene.create(`subject ${uuidv7().slice(-6)}`);
    await scene.until(id, 'it to run', (now) => now?.status === 'running');
    scene.leaveWork(id, WORK);
    return id;
  };
  const asked = (ask: (access: Awaited<ReturnType<LifeCycleScene['access']>>) => Promise<unknown>) => async (id: string | null) => {
    await ask(await scene.access(id ?? ''));
    return id ?? '';
  };

  return {
    create: {
      async prepare(former) {
        if (former !== null && (await scene.row(former))) {
          await deleteWorkspace(await scene.access(former));
          await scene.until(former, 'the former one to go', (row) => row === null);
        }
        return null;
      },
      // A script that nobody else has, or its result would come from the cache.
      ask: () => scene.create(`made ${uuidv7().slice(-6)}`, { setupScript: `echo prepared >> prepared.txt # ${uuidv7()}` }),
      succeeded: (row) => row?.status === 'running',
      lostWork(id, succeeded) {
        const repository = path.join(workspaceFilesDir(id), 'repo');
        const prepared = path.join(repository, 'prepared.txt');
        const times = existsSync(prepared) ? readFileSync(prepared, 'utf8').split('prepared\n').length - 1 : 0;
        if (times > 1 || (succeeded && times !== 1)) return [`Q2: the set-up script ran ${times} times`];
        return succeeded && readFileSync(path.join(repository, 'README.md'), 'utf8') !== '# Plain\n' ? ['work: the clone is not whole'] : [];
      },
    },
    start: {
      async prepare(former) {
        const id = await running(former);
        await stopWorkspace(await scene.access(id));
        await scene.until(id, 'it to be stopped', (row) => row?.status === 'stopped');
        return id;
      },
      ask: asked(startWorkspace),
      succeeded: (row) => row?.status === 'running',
      lostWork: keepsItsFiles,
    },
    restart: { prepare: running, ask: asked(restartWorkspace), succeeded: (row) => row?.status === 'running', lostWork: keepsItsFiles },
    stop: { prepare: running, ask: asked(stopWorkspace), succeeded: (row) => row?.status === 'stopped', lostWork: keepsItsFiles },
    archive: { prepare: running, ask: asked(archiveWorkspace), succeeded: (row) => row?.status === 'archived', lostWork: keepsItsFiles },
    delete: {
      prepare: running,
      ask: asked(deleteWorkspace),
      succeeded: (row) => row === null,
      lostWork: (id, succeeded) => (succeeded ? keptWork(id) : existsSync(removedDir(id)) ? [] : keepsItsFiles(id)),
    },
  };
}

/** Looks into what is kept of a deleted workspace for the file that no commit held. */
function keptWork(workspaceId: string): string[] {
  const folder = removedDir(workspaceId);
  if (!existsSync(path.join(folder, 'kept.json'))) return ['work: nothing is kept of the deleted workspace'];
  const files = path.join(folder, 'files/repo/unsaved.txt');
  if (existsSync(files)) return readFileSync(files, 'utf8') === WORK ? [] : ['work: the kept file is another one'];
  const repository = mkdtempSync(path.join(os.tmpdir(), 'anyon-kept-'));
  try {
    const git = (...args: string[]) => execFileSync('git', ['-C', repository, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    git('init', '--quiet', '--bare');
    git('fetch', '--quiet', path.join(folder, 'repository-a.bundle'), 'refs/*:refs/kept/*');
    const kept = git('for-each-ref', '--format=%(objectname)').split('\n').filter(Boolean);
    const found = kept.some((commit) => git('ls-tree', '--name-only', commit).split('\n').includes('unsaved.txt') && git('show', `${commit}:unsaved.txt`) === WORK);
    return found ? [] : ['work: the kept bundle does not hold unsaved.txt'];
  } finally {
    rmSync(repository, { recursive: true, force: true });
  }
}
