import { runIdInput } from '@/contract/run';
import { requireRunAccess } from '@/server/runs/access';
import { listNotices } from '@/server/runs/watchdog/list-notices';
import { procedure, router } from '@/server/trpc/init';

export const noticesRouter = router({
  list: procedure.member.input(runIdInput).query(async ({ ctx, input }) => listNotices(await requireRunAccess(ctx.actor, input.runId))),
});
