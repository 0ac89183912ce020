import type { ContainerEngine } from '@/server/containers/engine';
import { applyEffect } from '@/server/workspaces/reconcile/apply-finding';
import { judgeWorkspace } from '@/server/workspaces/reconcile/judge-workspace';
import { lookAtEngine } from '@/server/workspaces/reconcile/look-at-machine';
import { workspaceOf, type Machine } from '@/server/workspaces/reconcile/machine';
import { describe, readRows } from '@/server/workspaces/reconcile/read-rows';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

/**
 * Compares one workspace with the engine and puts it right, as a task of that workspace: under its fence and through its fenced
 * engine. Throws what went wrong.
 */
export async function reconcileWorkspace(engine: ContainerEngine, workspace: WorkspaceRow, signal: AbortSignal): Promise<void> {
  const asked = describe(workspace, null); // the task under way is this one
  const machine: Machine = { ...(await lookAtEngine(engine, [asked], [workspace.id], signal)), directories: null, protection: null };
  const rows = await readRows([asked], machine);
  const known = { ...asked, row: asFound(workspace, machine, rows.instance) };
  for (const { effect } of judgeWorkspace(known, rows, machine)) if (effect) await applyEffect({ engine, mayAct: async () => true, signal }, effect);
}

/**
 * Somebody asks, so an unhealthy workspace whose container does not run is judged as if nothing were known of it: its tries begin
 * anew. One whose container runs has failed at something else, which only a start can put right.
 */
function asFound(workspace: WorkspaceRow, { containers }: Machine, instance: string): WorkspaceRow {
  const runs = containers.some(({ status, labels }) => status === 'running' && workspaceOf(labels, instance) === workspace.id);
  return workspace.status === 'unhealthy' && workspace.clonedAt !== null && !runs ? { ...workspace, status: 'unknown' } : workspace;
}
