import { removedWorkspaceIdInput } from '@/contract/checkpoint';
import { procedure, router } from '@/server/trpc/init';
import { listRemovedWorkspaces } from '@/server/workspaces/checkpoints/removed-rows';
import { discardRemovedWorkspace, restoreRemovedWorkspace } from '@/server/workspaces/checkpoints/restore-removed-workspace';

export const removedWorkspacesRouter = router({
  list: procedure.member.query(({ ctx }) => listRemovedWorkspaces(ctx.actor)),
  restore: procedure.member.input(removedWorkspaceIdInput).mutation(({ ctx, input }) => restoreRemovedWorkspace(ctx.actor, input.removedWorkspaceId)),
  discard: procedure.member.input(removedWorkspaceIdInput).mutation(({ ctx, input }) => discardRemovedWorkspace(ctx.actor, input.removedWorkspaceId)),
});
