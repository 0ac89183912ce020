import { createWorkspaceInput, workspaceIdInput } from '@/contract/workspace';
import { procedure, router } from '@/server/trpc/init';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { createWorkspace } from '@/server/workspaces/create-workspace';
import { deleteWorkspace } from '@/server/workspaces/delete-workspace';
import { startWorkspace } from '@/server/workspaces/start-workspace';
import { stopWorkspace } from '@/server/workspaces/stop-workspace';
import { getWorkspace, listWorkspaces } from '@/server/workspaces/workspace-queries';

export const workspacesRouter = router({
  create: procedure.member.input(createWorkspaceInput).mutation(({ ctx, input }) => createWorkspace(ctx.actor, input)),
  list: procedure.member.query(({ ctx }) => listWorkspaces(ctx.actor)),
  byId: procedure.member.input(workspaceIdInput).query(async ({ ctx, input }) => getWorkspace(await requireWorkspaceAccess(ctx.actor, input.workspaceId))),
  start: procedure.member.input(workspaceIdInput).mutation(async ({ ctx, input }) => startWorkspace(await requireWorkspaceAccess(ctx.actor, input.workspaceId))),
  stop: procedure.member.input(workspaceIdInput).mutation(async ({ ctx, input }) => stopWorkspace(await requireWorkspaceAccess(ctx.actor, input.workspaceId))),
  delete: procedure.member.input(workspaceIdInput).mutation(async ({ ctx, input }) => deleteWorkspace(await requireWorkspaceAccess(ctx.actor, input.workspaceId))),
});
