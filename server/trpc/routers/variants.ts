import { startVariantsInput, variantGroupInput, variantInput } from '@/contract/variant';
import { workspaceIdInput } from '@/contract/workspace';
import { requireVariantAccess } from '@/server/runs/variants/access';
import { checkAgain } from '@/server/runs/variants/check-again';
import { chooseVariant, restoreVariant, unchooseVariant } from '@/server/runs/variants/choose-variant';
import { lastCheck, readVariants } from '@/server/runs/variants/read-variants';
import { startVariants } from '@/server/runs/variants/start-variants';
import { procedure, router } from '@/server/trpc/init';
import { rateLimited } from '@/server/trpc/rate-limited';
import { requireWorkspaceAccess } from '@/server/workspaces/access';

export const variantsRouter = router({
  start: rateLimited('run start').input(startVariantsInput).mutation(async ({ ctx, input }) => startVariants(await requireWorkspaceAccess(ctx.actor, input.workspaceId), input)),
  byId: procedure.member.input(variantGroupInput).query(async ({ ctx, input }) => readVariants(await requireVariantAccess(ctx.actor, input.groupId))),
  lastCheck: procedure.member.input(workspaceIdInput).query(async ({ ctx, input }) => lastCheck(await requireWorkspaceAccess(ctx.actor, input.workspaceId))),
  choose: procedure.member.input(variantInput).mutation(async ({ ctx, input }) => chooseVariant(await requireVariantAccess(ctx.actor, input.groupId), input.runId)),
  unchoose: procedure.member.input(variantGroupInput).mutation(async ({ ctx, input }) => unchooseVariant(await requireVariantAccess(ctx.actor, input.groupId))),
  restore: procedure.member.input(variantInput).mutation(async ({ ctx, input }) => restoreVariant(await requireVariantAccess(ctx.actor, input.groupId), input.runId)),
  checkAgain: rateLimited('run start').input(variantInput).mutation(async ({ ctx, input }) => checkAgain(await requireVariantAccess(ctx.actor, input.groupId), input.runId)),
});
