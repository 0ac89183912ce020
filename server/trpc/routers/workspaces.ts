import { followMetricsInput } from '@/contract/metrics';
import { changeWorkspaceInput, createWorkspaceInput, duplicateWorkspaceInput, someWorkspacesInput, workspaceIdInput } from '@/contract/workspace';
import { procedure, router } from '@/server/trpc/init';
import { rateLimited } from '@/server/trpc/rate-limited';
import { whileSignedIn } from '@/server/trpc/while-signed-in';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { archiveWorkspace } from '@/server/workspaces/archive-workspace';
import { changeWorkspace } from '@/server/workspaces/change-workspace';
import { createWorkspace } from '@/server/workspaces/create-workspace';
import { deleteWorkspace } from '@/server/workspaces/delete-workspace';
import { duplicateWorkspace } from '@/server/workspaces/duplicate-workspace';
import { restartWorkspace } from '@/server/workspaces/restart-workspace';
import { restoreWorkspace } from '@/server/workspaces/restore-workspace';
import { metricsHistory } from '@/server/workspaces/metrics/metrics-history';
import { followMetrics } from '@/server/workspaces/metrics/metrics-hub';
import { readSetupLog } from '@/server/workspaces/setup/setup-log';
import { startWorkspace } from '@/server/workspaces/start-workspace';
import { stopWorkspace } from '@/server/workspaces/stop-workspace';
import { syncWorkspace } from '@/server/workspaces/sync-workspace';
import { getWorkspace, listWorkspaces } from '@/server/workspaces/workspace-queries';

export const workspacesRouter = router({
  create: rateLimited('workspace creation').input(createWorkspaceInput).mutation(({ ctx, input }) => createWorkspace(ctx.actor, input)),
  list: procedure.member.query(({ ctx }) => listWorkspaces(ctx.actor)),
  /** Those of these that there are, and that the person may use, as they stand in the list: after news of them. */
  some: procedure.member.input(someWorkspacesInput).query(({ ctx, input }) => listWorkspaces(ctx.actor, input.workspaceIds)),
  byId: procedure.member.input(workspaceIdInput).query(async ({ ctx, input }) => getWorkspace(await requireWorkspaceAccess(ctx.actor, input.workspaceId))),
  start: procedure.member.input(workspaceIdInput).mutation(async ({ ctx, input }) => startWorkspace(await requireWorkspaceAccess(ctx.actor, input.workspaceId))),
  stop: procedure.member.input(workspaceIdInput).mutation(async ({ ctx, input }) => stopWorkspace(await requireWorkspaceAccess(ctx.actor, input.workspaceId))),
  restart: procedure.member.input(workspaceIdInput).mutation(async ({ ctx, input }) => restartWorkspace(await requireWorkspaceAccess(ctx.actor, input.workspaceId))),
  /** Compares it with the engine and puts it right. */
  sync: procedure.member.input(workspaceIdInput).mutation(async ({ ctx, input }) => syncWorkspace(await requireWorkspaceAccess(ctx.actor, input.workspaceId))),
  delete: procedure.member.input(workspaceIdInput).mutation(async ({ ctx, input }) => deleteWorkspace(await requireWorkspaceAccess(ctx.actor, input.workspaceId))),
  archive: procedure.member.input(workspaceIdInput).mutation(async ({ ctx, input }) => archiveWorkspace(await requireWorkspaceAccess(ctx.actor, input.workspaceId))),
  restore: procedure.member.input(workspaceIdInput).mutation(async ({ ctx, input }) => restoreWorkspace(await requireWorkspaceAccess(ctx.actor, input.workspaceId))),
  duplicate: rateLimited('workspace creation').input(duplicateWorkspaceInput).mutation(async ({ ctx, input }) => duplicateWorkspace(await requireWorkspaceAccess(ctx.actor, input.workspaceId), input.name)),
  change: procedure.member.input(changeWorkspaceInput).mutation(async ({ ctx, input: { workspaceId, ...changes } }) => changeWorkspace(await requireWorkspaceAccess(ctx.actor, workspaceId), changes)),
  /** What the set-up script said when it last ended: for the step that failed. */
  setupLog: procedure.member.input(workspaceIdInput).query(async ({ ctx, input }) => readSetupLog(await requireWorkspaceAccess(ctx.actor, input.workspaceId))),
  /** What they use, as it is read: of one workspace or of all that the actor may see. The latest readings come at once. */
  metrics: procedure.member.input(followMetricsInput).subscription(async ({ ctx, input, signal }) => {
    if (input.workspaceId !== undefined) await requireWorkspaceAccess(ctx.actor, input.workspaceId);
    return whileSignedIn({ actor: ctx.actor, signal }, (until) => followMetrics(ctx.actor, input.workspaceId, until));
  }),
  metricsHistory: procedure.member.input(workspaceIdInput).query(async ({ ctx, input }) => metricsHistory(await requireWorkspaceAccess(ctx.actor, input.workspaceId))),
});
