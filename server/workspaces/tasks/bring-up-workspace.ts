import { mkdir, chown } from 'node:fs/promises';
import type { ContainerEngine } from '@/server/containers/engine';
import { workspaceExchangeDir, workspaceFilesDir } from '@/server/deployment/paths';
import { AnyonError } from '@/server/errors';
import { log } from '@/server/log';
import { database } from '@/server/database';
import { cloneRepository } from '@/server/workspaces/tasks/clone-repository';
import { proveIsolation } from '@/server/workspaces/tasks/prove-isolation';
import { runSetupScript } from '@/server/workspaces/tasks/run-setup-script';
import { StartChecklist } from '@/server/workspaces/tasks/start-steps';
import { containerName, networkName, workspaceContainerSpec, workspaceLabels, workspaceUser } from '@/server/workspaces/workspace-container';
import { moveWorkspace, type WorkspaceRow } from '@/server/workspaces/workspace-status';

/** A newer task has been asked for; this one stops where it is and changes nothing more. */
export class SupersededError extends Error {}

/**
 * Brings a workspace up: image, network, container, clone. Every step looks first at what is there, so the whole is safe to
 * repeat after a crash at any point. Throws what went wrong; the caller decides about another try.
 */
export async function bringUpWorkspace(engine: ContainerEngine, workspace: WorkspaceRow, signal: AbortSignal): Promise<void> {
  const checklist = new StartChecklist(workspace.id, workspace.fence);
  try {
    const containerId = await prepareContainer(engine, workspace, checklist, signal);
    await step(checklist, 'network', () => proveIsolation(engine, workspace, containerId, signal));
    await prepareFiles(engine, workspace, containerId, checklist, signal);
    await step(checklist, 'setup', () =>
      runSetupScript(engine, { workspace, containerId, onProgress: (line) => checklist.progress('setup', line), signal }),
    );
    await step(checklist, 'ready', async () => {});
    const set = { containerId, steps: checklist.steps, ...(workspace.clonedAt ? {} : { clonedAt: new Date() }) };
    const moved = await moveWorkspace(database(), workspace.id, { to: 'running', reason: null, fence: workspace.fence, set });
    if (!moved) throw new SupersededError();
    log().info({ workspaceId: workspace.id, containerId }, 'workspace: running');
  } catch (error) {
    if (!(error instanceof SupersededError)) {
      checklist.failRunning(error instanceof Error ? error.message : String(error));
      await moveWorkspace(database(), workspace.id, { to: 'creating', reason: null, fence: workspace.fence, set: { steps: checklist.steps } });
    }
    throw error;
  }
}

async function prepareContainer(engine: ContainerEngine, workspace: WorkspaceRow, checklist: StartChecklist, signal: AbortSignal): Promise<string> {
  await step(checklist, 'image', () =>
    engine.ensureImage(workspace.image, {
      pull: workspace.image.includes('/') ? 'if-absent' : 'never', // a name without a registry or owner is built here
      onProgress: (line) => void checklist.progress('image', line).catch((error: unknown) => log().debug({ err: error }, 'workspace: progress not stored')),
      signal,
    }),
  );
  return step(checklist, 'container', async () => {
    await makeDirectories(workspace.id);
    await engine.ensureNetwork(networkName(workspace.id), workspaceLabels(workspace.id), signal);
    const id = (await ownContainer(engine, workspace.id, signal)) ?? (await engine.createContainer(workspaceContainerSpec(workspace), signal));
    await engine.startContainer(id, signal);
    return id;
  });
}

/** The container that an earlier try has made. One of the same name without our labels is somebody else's and is left alone. */
async function ownContainer(engine: ContainerEngine, workspaceId: string, signal: AbortSignal): Promise<string | null> {
  const existing = await engine.inspectContainer(containerName(workspaceId), signal);
  if (!existing) return null;
  const ours = Object.entries(workspaceLabels(workspaceId)).every(([name, value]) => existing.labels[name] === value);
  if (ours) return existing.id;
  throw new AnyonError('precondition', `A container named ${existing.name} exists already and was not made by Anyon. Remove or rename it, then start the workspace again.`);
}

async function prepareFiles(
  engine: ContainerEngine,
  workspace: WorkspaceRow,
  containerId: string,
  checklist: StartChecklist,
  signal: AbortSignal,
): Promise<void> {
  await step(checklist, 'clone', async () => {
    if (workspace.clonedAt) return;
    const onProgress = (line: string) => checklist.progress('clone', line);
    await cloneRepository(engine, { workspace, containerId, onProgress, signal });
  });
}

async function step<T>(checklist: StartChecklist, name: Parameters<StartChecklist['begin']>[0], work: () => Promise<T>): Promise<T> {
  if (!(await checklist.begin(name))) throw new SupersededError();
  const result = await work();
  if (!(await checklist.done(name))) throw new SupersededError();
  return result;
}

async function makeDirectories(workspaceId: string): Promise<void> {
  const { uid, gid } = workspaceUser();
  for (const directory of [workspaceFilesDir(workspaceId), workspaceExchangeDir(workspaceId)]) {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    if (process.getuid?.() === 0) await chown(directory, uid, gid);
  }
}
