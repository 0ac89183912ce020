import { router } from '@/server/trpc/init';
import { alertsRouter } from '@/server/trpc/routers/alerts';
import { apiTokensRouter } from '@/server/trpc/routers/api-tokens';
import { auditRouter } from '@/server/trpc/routers/audit';
import { batchesRouter } from '@/server/trpc/routers/batches';
import { boardRouter } from '@/server/trpc/routers/board';
import { changesRouter } from '@/server/trpc/routers/changes';
import { checkpointsRouter } from '@/server/trpc/routers/checkpoints';
import { connectionsRouter } from '@/server/trpc/routers/connections';
import { conversationsRouter } from '@/server/trpc/routers/conversations';
import { egressRouter } from '@/server/trpc/routers/egress';
import { followUpsRouter } from '@/server/trpc/routers/follow-ups';
import { logsRouter } from '@/server/trpc/routers/logs';
import { noticesRouter } from '@/server/trpc/routers/notices';
import { peopleRouter } from '@/server/trpc/routers/people';
import { previewsRouter } from '@/server/trpc/routers/previews';
import { publishingRouter } from '@/server/trpc/routers/publishing';
import { questionsRouter } from '@/server/trpc/routers/questions';
import { removedWorkspacesRouter } from '@/server/trpc/routers/removed-workspaces';
import { retentionRouter } from '@/server/trpc/routers/retention';
import { reviewRouter } from '@/server/trpc/routers/review';
import { runsRouter } from '@/server/trpc/routers/runs';
import { schedulesRouter } from '@/server/trpc/routers/schedules';
import { secretsRouter } from '@/server/trpc/routers/secrets';
import { sessionRouter } from '@/server/trpc/routers/session';
import { streamsRouter } from '@/server/trpc/routers/streams';
import { systemRouter } from '@/server/trpc/routers/system';
import { tasksRouter } from '@/server/trpc/routers/tasks';
import { templatesRouter } from '@/server/trpc/routers/templates';
import { terminalsRouter } from '@/server/trpc/routers/terminals';
import { variantsRouter } from '@/server/trpc/routers/variants';
import { workspacesRouter } from '@/server/trpc/routers/workspaces';

const nouns = {
  session: sessionRouter,
  workspaces: workspacesRouter,
  removedWorkspaces: removedWorkspacesRouter,
  checkpoints: checkpointsRouter,
  templates: templatesRouter,
  tasks: tasksRouter,
  batches: batchesRouter,
  runs: runsRouter,
  variants: variantsRouter,
  conversations: conversationsRouter,
  followUps: followUpsRouter,
  questions: questionsRouter,
  notices: noticesRouter,
  retention: retentionRouter,
  review: reviewRouter,
  publishing: publishingRouter,
  logs: logsRouter,
  terminals: terminalsRouter,
  previews: previewsRouter,
  board: boardRouter,
  schedules: schedulesRouter,
  egress: egressRouter,
  secrets: secretsRouter,
  connections: connectionsRouter,
  people: peopleRouter,
  apiTokens: apiTokensRouter,
  audit: auditRouter,
  alerts: alertsRouter,
  changes: changesRouter,
  system: systemRouter,
};

export const appRouter = router({ ...nouns, streams: streamsRouter(router(nouns)) });

/** What the browser's client is typed by. */
export type AppRouter = typeof appRouter;
