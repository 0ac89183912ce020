import { database } from '@/server/database';
import { readMachine } from '@/server/deployment/machine';
import { decide } from '@/server/workspaces/admission/decide';
import { loadLine, loadRoom, lockAdmission } from '@/server/workspaces/admission/load-room';
import type { Asker } from '@/server/workspaces/admission/room';
import { openTaskOf } from '@/server/workspaces/tasks/request-task';
import type { WorkspaceRow } from '@/server/workspaces/workspace-status';

export type Admission = { admitted: true } | { admitted: false; reason: string };

/**
 * May this workspace's container be started now? Asked by the task that wants to, as often as it likes: it keeps the place in
 * the line that it had when it was asked for. When not, the reason says what it waits for, in sentences.
 */
export async function admitWorkspace(workspace: WorkspaceRow): Promise<Admission> {
  const machine = await readMachine();
  return database().transaction(async (transaction) => {
    await lockAdmission(transaction);
    const task = await openTaskOf(transaction, workspace.id);
    const asker: Asker = {
      kind: 'task',
      id: task?.id ?? workspace.id,
      workspaceId: workspace.id,
      workspaceName: workspace.name,
      ownerId: workspace.ownerId,
      limitBytes: workspace.memoryBytes,
      askedAt: task?.createdAt ?? new Date(),
    };
    const others = (await loadLine(transaction)).filter((one) => one.id !== asker.id);
    const verdict = decide(await loadRoom(transaction, machine, workspace.id), [...others, asker], new Date()).find((one) => one.asker === asker);
    return !verdict || verdict.outcome === 'admitted' ? { admitted: true } : { admitted: false, reason: verdict.reason };
  });
}
