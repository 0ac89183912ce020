import { router } from '@/server/trpc/init';
import { alertsRouter } from '@/server/trpc/routers/alerts';
import { auditRouter } from '@/server/trpc/routers/audit';
import { batchesRouter } from '@/server/trpc/routers/batches';
import { changesRouter } from '@/server/trpc/routers/changes';
import { checkpointsRouter } from '@/server/trpc/routers/checkpoints';
import { connectionsRouter } from '@/server/trpc/routers/connections';
import { egressRouter } from '@/server/trpc/routers/egress';
import { peopleRouter } from '@/server/trpc/routers/people';
import { removedWorkspacesRouter } from '@/server/trpc/routers/removed-workspaces';
import { runsRouter } from '@/server/trpc/routers/runs';
import { secretsRouter } from '@/server/trpc/routers/secrets';
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
  secrets: secretsRouter,
  connections: connectionsRouter,
  people: peopleRouter,
  audit: auditRouter,
  alerts: alertsRouter,
  changes: changesRouter,
  system: systemRouter,
});

/** What the browser's client is typed by. */
export type AppRouter = typeof appRouter;
