import { boardInput } from '@/contract/board';
import { runIdInput } from '@/contract/run';
import { requireRunAccess } from '@/server/runs/access';
import { readBoard } from '@/server/runs/board';
import { dismissRun } from '@/server/runs/dismiss-run';
import { procedure, router } from '@/server/trpc/init';

export const boardRouter = router({
  cards: procedure.member.input(boardInput).query(async ({ ctx, input }) => readBoard(ctx.actor, input)),
  dismiss: procedure.member.input(runIdInput).mutation(async ({ ctx, input }) => dismissRun(await requireRunAccess(ctx.actor, input.runId))),
});
