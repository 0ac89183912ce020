import { listTasksInput, taskIdInput } from '@/contract/task';
import { procedure, router } from '@/server/trpc/init';
import { requireTaskAccess } from '@/server/workspaces/tasks/access';
import { cancelTask } from '@/server/workspaces/tasks/cancel-task';
import { retryTask } from '@/server/workspaces/tasks/retry-task';
import { listTasks } from '@/server/workspaces/tasks/task-queries';

export const tasksRouter = router({
  list: procedure.member.input(listTasksInput).query(({ ctx, input }) => listTasks(ctx.actor, input)),
  /** Only what waits; what is being carried out is ended by asking for something else. */
  cancel: procedure.member.input(taskIdInput).mutation(async ({ ctx, input }) => cancelTask(await requireTaskAccess(ctx.actor, input.taskId))),
  /** Asks for the same again; returns the new task. */
  retry: procedure.member.input(taskIdInput).mutation(async ({ ctx, input }) => retryTask(await requireTaskAccess(ctx.actor, input.taskId))),
});
