import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import type { Actor } from '@/contract/actor';
import { isFinal, type RunView } from '@/contract/run';
import { createWorkspaceInput, type WorkspaceView } from '@/contract/workspace';
import { requireRunAccess } from '@/server/runs/access';
import { getRun } from '@/server/runs/run-queries';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { createWorkspace } from '@/server/workspaces/create-workspace';
import { getWorkspace } from '@/server/workspaces/workspace-queries';

const LOOK_MS = 25;

/** The run as this person sees it, as soon as it is so. What bounds the waiting is the time of the test. */
export async function runWhere(actor: Actor, { id }: Pick<RunView, 'id'>, done: (view: RunView) => boolean): Promise<RunView> {
  for (;;) {
    const view = await getRun(await requireRunAccess(actor, id));
    if (done(view)) return view;
    await sleep(LOOK_MS);
  }
}

/** The run when it is over, however it ended. */
export function endedRun(actor: Actor, run: Pick<RunView, 'id'>): Promise<RunView> {
  return runWhere(actor, run, ({ status }) => isFinal(status));
}

/** The workspace as this person sees it, as soon as it is so. */
export async function workspaceWhere(actor: Actor, { id }: Pick<WorkspaceView, 'id'>, done: (view: WorkspaceView) => boolean): Promise<WorkspaceView> {
  for (;;) {
    const view = await getWorkspace(await requireWorkspaceAccess(actor, id));
    if (done(view)) return view;
    await sleep(LOOK_MS);
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
