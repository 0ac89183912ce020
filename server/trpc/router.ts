import { router } from '@/server/trpc/init';
import { batchesRouter } from '@/server/trpc/routers/batches';
import { changesRouter } from '@/server/trpc/routers/changes';
import { checkpointsRouter } from '@/server/trpc/routers/checkpoints';
import { egressRouter } from '@/server/trpc/routers/egress';
import { removedWorkspacesRouter } from '@/server/trpc/routers/removed-workspaces';
import { runsRouter } from '@/server/trpc/routers/runs';
import { sessionRouter } from '@/server/trpc/routers/session';
import { systemRouter } from '@/server/trpc/routers/system';
import { tasksRouter } from '@/server/trpc/routers/tasks';
import { templatesRouter } from '@/server/trpc/routers/templates';
import { workspacesRouter } from '@/server/trpc/routers/workspaces';

export const appRouter = router({
  session: sessionRouter,
  workspaces: workspacesRouter,
  removedWorkspaces: removedWorkspacesRouter,
  checkpoints: checkpointsRouter,
  templates: templatesRouter,
  tasks: tasksRouter,
  batches: batchesRouter,
  runs: runsRouter,
  egress: egressRouter,
  changes: changesRouter,
  system: systemRouter,
});

/** What the browser's client is typed by. */
export type AppRouter = typeof appRouter;
