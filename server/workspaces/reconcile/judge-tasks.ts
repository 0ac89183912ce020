import { finding, type Finding } from '@/server/workspaces/reconcile/finding';
import type { KnownWorkspace } from '@/server/workspaces/reconcile/known-rows';

/** A task that waits in the queue for longer without being in it has lost its job. */
const WITHOUT_JOB_MS = 10_000;

/** Work that a worker or a request left undone: states that only a task may have, and tasks that nobody will take up. */
export function judgeTasks({ row, openTask }: KnownWorkspace, at: Date): Finding[] {
  const about = { object: 'workspace' as const, name: row.name, workspaceId: row.id, action: 'finish' as const };
  if (openTask) {
    if (openTask.hasJob || openTask.status === 'running' || at.getTime() - openTask.since.getTime() < WITHOUT_JOB_MS) return [];
    return [finding({ ...about, reason: `Its task "${openTask.kind}" is ${openTask.status}, but the queue does not have it; it is put in again.`, effect: { do: 'enqueue-task', taskId: openTask.id, row } })];
  }
  if (row.status === 'deleting') {
    return [finding({ ...about, reason: 'It says deleting, but nobody is deleting it; the deletion is asked for again.', effect: { do: 'request-task', row, kind: 'delete' } })];
  }
  if (row.status === 'creating') {
    return [finding({ ...about, reason: 'It says creating, but nobody is making it; that is asked for again.', effect: { do: 'request-task', row, kind: row.clonedAt ? 'start' : 'create' } })];
  }
  return [];
}
