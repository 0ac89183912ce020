import { batchIdInput, startBatchInput } from '@/contract/batch';
import { procedure, router } from '@/server/trpc/init';
import { requireBatchAccess } from '@/server/workspaces/batches/access';
import { getBatchWithItems, listBatches } from '@/server/workspaces/batches/batch-queries';
import { retryFailed } from '@/server/workspaces/batches/retry-batch';
import { startBatch } from '@/server/workspaces/batches/start-batch';
import { stopBatch } from '@/server/workspaces/batches/stop-batch';

export const batchesRouter = router({
  /** Over workspaces by id (each must be the actor's to use) or by filter (those of them that are). */
  start: procedure.member.input(startBatchInput).mutation(({ ctx, input }) => startBatch(ctx.actor, input)),
  list: procedure.member.query(({ ctx }) => listBatches(ctx.actor)),
  byId: procedure.member.input(batchIdInput).query(async ({ ctx, input }) => getBatchWithItems(await requireBatchAccess(ctx.actor, input.batchId))),
  stop: procedure.member.input(batchIdInput).mutation(async ({ ctx, input }) => stopBatch(await requireBatchAccess(ctx.actor, input.batchId))),
  retryFailed: procedure.member.input(batchIdInput).mutation(async ({ ctx, input }) => retryFailed(await requireBatchAccess(ctx.actor, input.batchId))),
});
