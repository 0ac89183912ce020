import { tracked } from '@trpc/server';
import { listRunsInput, runIdInput, startRunInput } from '@/contract/run';
import { followRunLogInput } from '@/contract/run-log';
import { requireRunAccess } from '@/server/runs/access';
import { followRun } from '@/server/runs/run-log';
import { readRunDiff } from '@/server/runs/run-diff';
import { getRun, listRuns } from '@/server/runs/run-queries';
import { startRun } from '@/server/runs/start-run';
import { stopRun } from '@/server/runs/stop-run';
import { procedure, router } from '@/server/trpc/init';
import { whileSignedIn } from '@/server/trpc/while-signed-in';
import { requireWorkspaceAccess } from '@/server/workspaces/access';

export const runsRouter = router({
  start: procedure.member.input(startRunInput).mutation(async ({ ctx, input }) => startRun(await requireWorkspaceAccess(ctx.actor, input.workspaceId), input)),
  stop: procedure.member.input(runIdInput).mutation(async ({ ctx, input }) => stopRun(await requireRunAccess(ctx.actor, input.runId))),
  list: procedure.member.input(listRunsInput).query(async ({ ctx, input }) => listRuns(await requireWorkspaceAccess(ctx.actor, input.workspaceId), input)),
  byId: procedure.member.input(runIdInput).query(async ({ ctx, input }) => getRun(await requireRunAccess(ctx.actor, input.runId))),
  diff: procedure.member.input(runIdInput).query(async ({ ctx, input }) => readRunDiff(await requireRunAccess(ctx.actor, input.runId))),
  /** The live log from a position on; ends with `{end: true}` when the run is final and all of it was sent. */
  log: procedure.member.input(followRunLogInput).subscription(async function* ({ ctx, input, signal }) {
    const access = await requireRunAccess(ctx.actor, input.runId);
    for await (const { id, event } of whileSignedIn({ actor: ctx.actor, signal }, (until) => followRun(access, input, until))) yield tracked(id, event);
  }),
});
