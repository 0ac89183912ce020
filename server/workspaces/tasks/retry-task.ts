import type { TaskView } from '@/contract/task';
import { AnyonError } from '@/server/errors';
import { requireTaskAccess, type TaskAccess } from '@/server/workspaces/tasks/access';
import { requestTask } from '@/server/workspaces/tasks/request-task';
import { getTask } from '@/server/workspaces/tasks/task-queries';

/** Asks for the same again, as a task of its own, and returns that one. Only for one that has failed or was parked. */
export async function retryTask({ actor, task }: TaskAccess): Promise<TaskView> {
  if (task.status !== 'failed' && task.status !== 'parked') throw new AnyonError('conflict', `This task is ${task.status}; only one that has failed can be retried.`);
  const taskId = await requestTask({ workspaceId: task.workspaceId, kind: task.kind, cause: 'person', requestedById: actor.userId });
  if (taskId === null) throw new AnyonError('conflict', 'There is nothing to do: the workspace is as this task would have made it.');
  return getTask(await requireTaskAccess(actor, taskId));
}
