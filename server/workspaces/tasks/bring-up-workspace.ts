import { existsSync } from 'node:fs';
import { mkdir, chown } from 'node:fs/promises';
import type { StartStepName } from '@/contract/workspace';
import { applyDiskQuota } from '@/server/deployment/disk-quota';
import { workspaceExchangeDir, workspaceFilesDir } from '@/server/deployment/paths';
import { AnyonError } from '@/server/errors';
import { failpoint } from '@/server/failpoint';
import { log } from '@/server/log';
import { database } from '@/server/database';
import { ensureWorkspaceSecretsDir } from '@/server/secrets/injection/secret-folder';
import { takeBackKeptWork } from '@/server/workspaces/checkpoints/restore-removed-files';
import { cloneRepositories } from '@/server/workspaces/tasks/clone-repository';
import { ensureContainer, type StartedContainer } from '@/server/workspaces/tasks/ensure-container';
import type { TaskWork } from '@/server/workspaces/tasks/task-work';
import { proveIsolation } from '@/server/workspaces/tasks/prove-isolation';
import { runSetupScript } from '@/server/workspaces/tasks/run-setup-script';
import { StartChecklist } from '@/server/workspaces/tasks/start-steps';
import { SupersededError } from '@/server/workspaces/tasks/superseded-error';
import { workspaceUser } from '@/server/workspaces/workspace-container';
import { moveWorkspace, type WorkspaceMove, type WorkspaceRow } from '@/server/workspaces/workspace-status';

/**
 * Brings a workspace up: image, container, network, clone, set-up. Every step looks first at what is there, so the whole is
 * safe to repeat after a crash at any point. Throws what went wrong; the caller decides about another try.
 */
export async function bringUpWorkspace(work: TaskWork): Promise<void> {
  const { workspace } = work;
  const checklist = new StartChecklist(workspace.id, workspace.fence, work.progress);
  try {
    const container = await prepareContainer(work, checklist);
    await prepareFiles(work, container.id, checklist);
    if (!(await checklist.begin('ready'))) throw new SupersededError();
    checklist.done('ready');
    const set = { ...factsOf(container), steps: checklist.steps };
    if (!(await moveWorkspace(database(), workspace.id, { to: 'running', reason: null, fence: workspace.fence, set }))) throw new SupersededError();
    await failpoint('start.row-running');
    log().info({ workspaceId: workspace.id, containerId: container.id }, 'workspace: running');
  } catch (error) {
    if (!(error instanceof SupersededError) && !work.signal.aborted) await checklist.failRunning(error instanceof Error ? error.message : String(error));
    throw error;
  }
}

async function prepareContainer(work: TaskWork, checklist: StartChecklist): Promise<StartedContainer> {
  const { engine, workspace, attendants, signal } = work;
  await step(checklist, 'image', () =>
    engine.ensureImage(workspace.image, {
      pull: workspace.image.includes('/') ? 'if-absent' : 'never', // a name without a registry or owner is built here
      onProgress: (line) => void checklist.progress('image', line).catch((error: unknown) => log().debug({ err: error }, 'workspace: progress not stored')),
      signal,
    }),
  );
  await failpoint('start.image-found');
  const container = await step(checklist, 'container', async () => {
    await makeDirectories(workspace);
    await takeBackKeptWork(workspace);
    await applyDiskQuota(workspace.id, workspace.diskBytes);
    await failpoint('start.directories-made');
    return ensureContainer(work);
  });
  // Who looks at the row in mid-clone sees the container already.
  await step(checklist, 'network', () => proveIsolation(engine, workspace, container.id, signal, attendants), { further: factsOf(container) });
  await failpoint('start.isolation-proved');
  return container;
}

/** What was done once for these files is not done again: a start leaves the files alone. */
async function prepareFiles(work: TaskWork, containerId: string, checklist: StartChecklist): Promise<void> {
  const { engine, workspace, signal } = work;
  await step(checklist, 'clone', async () => {
    if (workspace.clonedAt) return;
    const launcher = { attendants: work.attendants, assertOurs: work.assertOurs };
    await cloneRepositories(engine, { workspace, containerId, launcher, onProgress: (line) => checklist.progress('clone', line), signal });
  });
  await failpoint('start.cloned');
  const runSetup = () => runSetupScript(engine, { workspace, containerId, onProgress: (line) => checklist.progress('setup', line), signal });
  await step(checklist, 'setup', runSetup, { say: (message) => message });
  await failpoint('start.setup-done');
}

function factsOf({ id, startedAt, image, egressLevel, runtime }: StartedContainer) {
  return { containerId: id, containerStatus: 'running', containerStartedAt: startedAt, containerImage: image, containerEgressLevel: egressLevel, runtime };
}

/** `say` makes of the result what stays in the checklist; `further` columns are written with the begin. */
async function step<T>(checklist: StartChecklist, name: StartStepName, work: () => Promise<T>, { say, further }: { say?: (result: T) => string | null; further?: WorkspaceMove['set'] } = {}): Promise<T> {
  if (!(await checklist.begin(name, further))) throw new SupersededError();
  const result = await work();
  checklist.done(name, say?.(result) ?? null);
  return result;
}

/** Files that were there once and are not any more are not replaced by nothing: whoever removed them must say so. */
async function makeDirectories({ id: workspaceId, clonedAt }: WorkspaceRow): Promise<void> {
  if (clonedAt && !existsSync(workspaceFilesDir(workspaceId))) {
    throw new AnyonError('precondition', `The files of this workspace are gone: there is no ${workspaceFilesDir(workspaceId)}. Put them back from a backup and start it, or delete the workspace.`);
  }
  const { uid, gid } = workspaceUser();
  for (const directory of [workspaceFilesDir(workspaceId), workspaceExchangeDir(workspaceId)]) {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    if (process.getuid?.() === 0) await chown(directory, uid, gid);
  }
  await ensureWorkspaceSecretsDir(workspaceId);
}
