import { router } from '@/server/trpc/init';
import { changesRouter } from '@/server/trpc/routers/changes';
import { runsRouter } from '@/server/trpc/routers/runs';
import { sessionRouter } from '@/server/trpc/routers/session';
import { systemRouter } from '@/server/trpc/routers/system';
import { workspacesRouter } from '@/server/trpc/routers/workspaces';

export const appRouter = router({
  session: sessionRouter,
  workspaces: workspacesRouter,
  runs: runsRouter,
  changes: changesRouter,
  system: systemRouter,
});

/** What the browser's client is typed by. */
export type AppRouter = typeof appRouter;
