import { addFollowUpInput, changeFollowUpInput, followUpIdInput, moveFollowUpInput } from '@/contract/follow-up';
import { runIdInput } from '@/contract/run';
import { requireRunAccess } from '@/server/runs/access';
import { addFollowUp } from '@/server/runs/follow-ups/add-follow-up';
import { cancelFollowUp } from '@/server/runs/follow-ups/cancel-follow-up';
import { changeFollowUp } from '@/server/runs/follow-ups/change-follow-up';
import { readQueue } from '@/server/runs/follow-ups/follow-up-queue';
import { goOnWithQueue } from '@/server/runs/follow-ups/go-on-with-queue';
import { moveFollowUp } from '@/server/runs/follow-ups/move-follow-up';
import { procedure, router } from '@/server/trpc/init';
import { rateLimited } from '@/server/trpc/rate-limited';

export const followUpsRouter = router({
  list: procedure.member.input(runIdInput).query(async ({ ctx, input }) => readQueue(await requireRunAccess(ctx.actor, input.runId))),
  add: rateLimited('run start').input(addFollowUpInput).mutation(async ({ ctx, input }) => addFollowUp(await requireRunAccess(ctx.actor, input.runId), input)),
  change: procedure.member.input(changeFollowUpInput).mutation(async ({ ctx, input }) => changeFollowUp(await requireRunAccess(ctx.actor, input.runId), input)),
  move: procedure.member.input(moveFollowUpInput).mutation(async ({ ctx, input }) => moveFollowUp(await requireRunAccess(ctx.actor, input.runId), input)),
  cancel: procedure.member.input(followUpIdInput).mutation(async ({ ctx, input }) => cancelFollowUp(await requireRunAccess(ctx.actor, input.runId), input)),
  goOn: rateLimited('run start').input(runIdInput).mutation(async ({ ctx, input }) => goOnWithQueue(await requireRunAccess(ctx.actor, input.runId))),
});
