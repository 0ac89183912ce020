import { tracked } from '@trpc/server';
import { retryRunInput } from '@/contract/follow-up';
import { keepRunInput, listRunsInput, resumeRunInput, runIdInput, startRunInput } from '@/contract/run';
import { runDiffInput } from '@/contract/review';
import { followRunLogInput, type RunLogEvent } from '@/contract/run-log';
import { requireRunAccess } from '@/server/runs/access';
import { keepRun } from '@/server/runs/keep-run';
import { assertLogIsKept } from '@/server/runs/removed-parts';
import { followRun, startPosition } from '@/server/runs/run-log';
import { readRunDiff } from '@/server/runs/review/run-diff';
import { getRun, listRuns } from '@/server/runs/run-queries';
import { resumeRun } from '@/server/runs/resume-run';
import { retryRun } from '@/server/runs/retry-run';
import { startRun } from '@/server/runs/start-run';
import { stopRun } from '@/server/runs/stop-run';
import { bringFilesBack } from '@/server/runs/worktrees/bring-files-back';
import { procedure, router } from '@/server/trpc/init';
import { rateLimited } from '@/server/trpc/rate-limited';
import { whileSignedIn } from '@/server/trpc/while-signed-in';
import { requireWorkspaceAccess } from '@/server/workspaces/access';

export const runsRouter = router({
  start: rateLimited('run start').input(startRunInput).mutation(async ({ ctx, input }) => startRun(await requireWorkspaceAccess(ctx.actor, input.workspaceId), input)),
  resume: rateLimited('run start').input(resumeRunInput).mutation(async ({ ctx, input }) => resumeRun(await requireRunAccess(ctx.actor, input.runId), input)),
  retry: rateLimited('run start').input(retryRunInput).mutation(async ({ ctx, input }) => retryRun(await requireRunAccess(ctx.actor, input.runId), input)),
  stop: procedure.member.input(runIdInput).mutation(async ({ ctx, input }) => stopRun(await requireRunAccess(ctx.actor, input.runId))),
  /** Whether retention leaves its conversation alone. */
  keep: procedure.member.input(keepRunInput).mutation(async ({ ctx, input }) => keepRun(await requireRunAccess(ctx.actor, input.runId), input.kept)),
  /** Brings back the files that retention has put into a checkpoint. */
  bringFilesBack: procedure.member.input(runIdInput).mutation(async ({ ctx, input }) => bringFilesBack(await requireRunAccess(ctx.actor, input.runId))),
  list: procedure.member.input(listRunsInput).query(async ({ ctx, input }) => listRuns(await requireWorkspaceAccess(ctx.actor, input.workspaceId), input)),
  byId: procedure.member.input(runIdInput).query(async ({ ctx, input }) => getRun(await requireRunAccess(ctx.actor, input.runId))),
  diff: procedure.member.input(runDiffInput).query(async ({ ctx, input }) => readRunDiff(await requireRunAccess(ctx.actor, input.runId), input.against)),
  /** The live log from a position on; ends with `{end: true}` when the run is final and all of it was sent. */
  log: procedure.member.input(followRunLogInput).subscription(async ({ ctx, input, signal }) => {
    const access = await requireRunAccess(ctx.actor, input.runId);
    assertLogIsKept(access.run);
    const from = startPosition(input);
    return asTracked(whileSignedIn({ actor: ctx.actor, signal }, (until) => followRun(access, from, until)));
  }),
});

/** Gives every event the id by which the browser comes back. All that may be refused was refused before: here it would be retried for ever. */
async function* asTracked(events: AsyncIterable<{ id: string; event: RunLogEvent }>) {
  for await (const { id, event } of events) yield tracked(id, event);
}
