import { checkpointIdInput } from '@/contract/checkpoint';
import { workspaceIdInput } from '@/contract/workspace';
import { procedure, router } from '@/server/trpc/init';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { restoreCheckpoint } from '@/server/workspaces/checkpoints/restore-checkpoint';
import { listCheckpoints, takeCheckpointsNow } from '@/server/workspaces/checkpoints/take-checkpoints';

export const checkpointsRouter = router({
  list: procedure.member.input(workspaceIdInput).query(async ({ ctx, input }) => listCheckpoints(await requireWorkspaceAccess(ctx.actor, input.workspaceId))),
  /** Returns the new ones: none where nothing has changed. */
  take: procedure.member.input(workspaceIdInput).mutation(async ({ ctx, input }) => takeCheckpointsNow(await requireWorkspaceAccess(ctx.actor, input.workspaceId))),
  /** Returns the checkpoint of what was there before. */
  restore: procedure.member.input(checkpointIdInput).mutation(async ({ ctx, input }) => restoreCheckpoint(await requireWorkspaceAccess(ctx.actor, input.workspaceId), input.checkpointId)),
});
