import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import type { Actor } from '@/contract/actor';
import { isFinal, type RunView } from '@/contract/run';
import { createWorkspaceInput, type WorkspaceView } from '@/contract/workspace';
import { rawDatabase } from '@/server/database';
import { requireRunAccess } from '@/server/runs/access';
import { getRun } from '@/server/runs/run-queries';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { createWorkspace } from '@/server/workspaces/create-workspace';
import { getWorkspace } from '@/server/workspaces/workspace-queries';

const LOOK_MS = 25;
/** What a view tells of other rows than its own is waited for this long at most. */
const READ_AGAIN_MS = 250;

/** The run as this person sees it, as soon as it is so. What bounds the waiting is the time of the test. */
export function runWhere(actor: Actor, { id }: Pick<RunView, 'id'>, done: (view: RunView) => boolean): Promise<RunView> {
  const written = () => rawDatabase()`select run.xmin::text as run, workspace.xmin::text as workspace from runs run join workspaces workspace on workspace.id = run.workspace_id where run.id = ${id}`;
  return viewWhere(written, async () => getRun(await requireRunAccess(actor, id)), done);
}

/** The run when it is over, however it ended. */
export function endedRun(actor: Actor, run: Pick<RunView, 'id'>): Promise<RunView> {
  return runWhere(actor, run, ({ status }) => isFinal(status));
}

/** The workspace as this person sees it, as soon as it is so. */
export function workspaceWhere(actor: Actor, { id }: Pick<WorkspaceView, 'id'>, done: (view: WorkspaceView) => boolean): Promise<WorkspaceView> {
  const written = () => rawDatabase()`select xmin::text as workspace from workspaces where id = ${id}`;
  return viewWhere(written, async () => getWorkspace(await requireWorkspaceAccess(actor, id)), done);
}

/**
 * Reads a view whenever its rows were written, and now and then. To ask who wrote them last is a tenth of the work of a view, and
 * several files that look for a view all the time take a good part of a small machine from what they wait for.
 */
async function viewWhere<T>(written: () => PromiseLike<readonly object[]>, read: () => Promise<T>, done: (view: T) => boolean): Promise<T> {
  const version = async () => JSON.stringify(await written());
  for (;;) {
    const before = await version();
    const view = await read();
    if (done(view)) return view;
    const again = Date.now() + READ_AGAIN_MS;
    do await sleep(LOOK_MS);
    while (Date.now() < again && (await version()) === before);
  }
}

/** Makes a workspace and returns it when it is no longer being made, whether it runs or not. */
export async function madeWorkspace(actor: Actor, input: z.input<typeof createWorkspaceInput>): Promise<WorkspaceView> {
  return workspaceWhere(actor, await createWorkspace(actor, createWorkspaceInput.parse(input)), ({ status }) => status !== 'creating');
}

/** Makes a workspace that runs. Throws what it says when it does not. */
export async function runningWorkspace(actor: Actor, input: z.input<typeof createWorkspaceInput>): Promise<WorkspaceView> {
  const workspace = await madeWorkspace(actor, input);
  if (workspace.status !== 'running' || workspace.statusReason !== null) throw new Error(`The workspace is ${workspace.status}: ${workspace.statusReason}`);
  return workspace;
}
