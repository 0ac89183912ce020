import { commitInput, markPullRequestInput, openPullRequestInput, publishRunInput, pushInput } from '@/contract/publishing';
import { requireRunAccess } from '@/server/runs/access';
import { askForResolution } from '@/server/runs/publishing/ask-for-resolution';
import { commitWorktree } from '@/server/runs/publishing/commit-worktree';
import { markPullRequest } from '@/server/runs/publishing/mark-pull-request';
import { openPullRequest } from '@/server/runs/publishing/open-pull-request';
import { proposePublishing } from '@/server/runs/publishing/propose';
import { publishStateOf } from '@/server/runs/publishing/publish-state';
import { pushBranch } from '@/server/runs/publishing/push-branch';
import { rebaseWorktree } from '@/server/runs/publishing/rebase-worktree';
import { refreshPublishing } from '@/server/runs/publishing/refresh-pull-request';
import { procedure, router } from '@/server/trpc/init';
import { rateLimited } from '@/server/trpc/rate-limited';

export const publishingRouter = router({
  state: procedure.member.input(publishRunInput).query(async ({ ctx, input }) => publishStateOf(await requireRunAccess(ctx.actor, input.runId))),
  propose: procedure.member.input(publishRunInput).query(async ({ ctx, input }) => proposePublishing(await requireRunAccess(ctx.actor, input.runId))),
  commit: rateLimited('publishing').input(commitInput).mutation(async ({ ctx, input }) => commitWorktree(await requireRunAccess(ctx.actor, input.runId), input)),
  push: rateLimited('publishing').input(pushInput).mutation(async ({ ctx, input }) => pushBranch(await requireRunAccess(ctx.actor, input.runId), input)),
  rebase: rateLimited('publishing').input(publishRunInput).mutation(async ({ ctx, input }) => rebaseWorktree(await requireRunAccess(ctx.actor, input.runId))),
  /** Makes a follow-up out of the conflicts of the last rebase. */
  askForResolution: rateLimited('run start').input(publishRunInput).mutation(async ({ ctx, input }) => askForResolution(await requireRunAccess(ctx.actor, input.runId))),
  openPullRequest: rateLimited('publishing').input(openPullRequestInput).mutation(async ({ ctx, input }) => openPullRequest(await requireRunAccess(ctx.actor, input.runId), input)),
  /** Ready for review, or a draft again. */
  markPullRequest: rateLimited('publishing').input(markPullRequestInput).mutation(async ({ ctx, input }) => markPullRequest(await requireRunAccess(ctx.actor, input.runId), input)),
  refresh: rateLimited('publishing').input(publishRunInput).mutation(async ({ ctx, input }) => refreshPublishing(await requireRunAccess(ctx.actor, input.runId))),
});
