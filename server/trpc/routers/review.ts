import { addCommentInput, changeCommentInput, commentIdInput, restoreRunInput, revertFileInput, reviewFileInput, sendReviewInput } from '@/contract/review';
import { runIdInput } from '@/contract/run';
import { requireRunAccess } from '@/server/runs/access';
import { restoreRun } from '@/server/runs/review/restore-run';
import { revertFile } from '@/server/runs/review/revert-file';
import { addComment, changeComment, listComments, removeComment } from '@/server/runs/review/review-comments';
import { readReviewFile } from '@/server/runs/review/review-file';
import { sendReview } from '@/server/runs/review/send-review';
import { procedure, router } from '@/server/trpc/init';
import { rateLimited } from '@/server/trpc/rate-limited';

export const reviewRouter = router({
  comments: procedure.member.input(runIdInput).query(async ({ ctx, input }) => listComments(await requireRunAccess(ctx.actor, input.runId))),
  addComment: procedure.member.input(addCommentInput).mutation(async ({ ctx, input }) => addComment(await requireRunAccess(ctx.actor, input.runId), input)),
  changeComment: procedure.member.input(changeCommentInput).mutation(async ({ ctx, input }) => changeComment(await requireRunAccess(ctx.actor, input.runId), input)),
  removeComment: procedure.member.input(commentIdInput).mutation(async ({ ctx, input }) => removeComment(await requireRunAccess(ctx.actor, input.runId), input)),
  /** One follow-up of all collected comments. */
  send: rateLimited('run start').input(sendReviewInput).mutation(async ({ ctx, input }) => sendReview(await requireRunAccess(ctx.actor, input.runId), input)),
  /** The text of one file: its changes, or all of it as it was. */
  file: procedure.member.input(reviewFileInput).query(async ({ ctx, input }) => readReviewFile(await requireRunAccess(ctx.actor, input.runId), input)),
  /** Returns the checkpoint of what was there before, as the next one does. */
  revertFile: procedure.member.input(revertFileInput).mutation(async ({ ctx, input }) => revertFile(await requireRunAccess(ctx.actor, input.runId), input)),
  restoreRun: procedure.member.input(restoreRunInput).mutation(async ({ ctx, input }) => restoreRun(await requireRunAccess(ctx.actor, input.runId))),
});
