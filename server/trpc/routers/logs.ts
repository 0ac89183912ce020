import { tracked } from '@trpc/server';
import { searchAllLogsInput, searchLogInput } from '@/contract/log-search';
import { logLineInput, logLinesInput, logTimesInput } from '@/contract/run-log';
import { requireRunAccess } from '@/server/runs/access';
import { findLogLine, readLogLines, readLogTimes } from '@/server/runs/log-index/read-log-lines';
import { allowSearchAll, searchAllRuns } from '@/server/runs/log-search/search-all';
import { allowSearch, searchRun } from '@/server/runs/log-search/search-run';
import { procedure, router } from '@/server/trpc/init';
import { rateLimited } from '@/server/trpc/rate-limited';
import { whileSignedIn } from '@/server/trpc/while-signed-in';

export const logsRouter = router({
  lines: procedure.member.input(logLinesInput).query(async ({ ctx, input }) => readLogLines(await requireRunAccess(ctx.actor, input.runId), input)),
  lineAt: procedure.member.input(logLineInput).query(async ({ ctx, input }) => findLogLine(await requireRunAccess(ctx.actor, input.runId), input)),
  times: procedure.member.input(logTimesInput).query(async ({ ctx, input }) => readLogTimes(await requireRunAccess(ctx.actor, input.runId), input)),
  /** Where something stands in a run's log; goes on while it grows. */
  search: rateLimited('log search').input(searchLogInput).subscription(async ({ ctx, input, signal }) => {
    const access = await requireRunAccess(ctx.actor, input.runId);
    const search = allowSearch(access, input);
    return asTracked(whileSignedIn({ actor: ctx.actor, signal }, (until) => searchRun(access, search, until)));
  }),
  /** Where something stands in the logs of all runs that the person may see, or of those of one workspace. */
  searchAll: rateLimited('log search').input(searchAllLogsInput).subscription(async ({ ctx, input, signal }) => {
    await allowSearchAll(ctx.actor, input);
    return asTracked(whileSignedIn({ actor: ctx.actor, signal }, (until) => searchAllRuns(ctx.actor, input, until)));
  }),
});

/** Gives every event the id by which the browser comes back. All that may be refused was refused before: here it would be retried for ever. */
async function* asTracked<T>(events: AsyncIterable<{ id: string; event: T }>) {
  for await (const { id, event } of events) yield tracked(id, event);
}
