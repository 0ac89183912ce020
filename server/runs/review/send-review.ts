import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm';
import type { AddedFollowUp } from '@/contract/follow-up';
import type { DatabaseOrTransaction } from '@/db/client';
import { reviewComments } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { RunAccess } from '@/server/runs/access';
import { addFollowUp } from '@/server/runs/follow-ups/add-follow-up';
import type { ReviewCommentRow } from '@/server/runs/review/review-comments';
import { reviewPrompt } from '@/server/runs/review/review-prompt';

/**
 * Sends all collected comments on a run to Claude, whoever wrote them, as one follow-up of its conversation. They are marked as sent in
 * the transaction that writes the follow-up: all of them or none. Throws `precondition` when there are none, and what `addFollowUp` throws.
 */
export async function sendReview(access: RunAccess, { words }: { words?: string | undefined }): Promise<AddedFollowUp> {
  const comments = await database()
    .select()
    .from(reviewComments)
    .where(and(eq(reviewComments.runId, access.run.id), isNull(reviewComments.sentAt)))
    .orderBy(asc(reviewComments.path), asc(reviewComments.line), asc(reviewComments.id));
  if (comments.length === 0) throw new AnyonError('precondition', 'There are no comments to send. Write one on a line of the diff first.');
  const prompt = reviewPrompt(comments, words);
  return addFollowUp(access, { prompt, now: false }, (transaction, followUpId) => markSent(transaction, comments, followUpId));
}

/** Only as they were when the prompt was written: what somebody has changed, sent or taken back since ends it. */
async function markSent(transaction: DatabaseOrTransaction, comments: readonly ReviewCommentRow[], followUpId: string): Promise<void> {
  const ids = comments.map(({ id }) => id);
  const marked = await transaction
    .update(reviewComments)
    .set({ followUpId, sentAt: sql`now()` })
    .where(and(inArray(reviewComments.id, ids), isNull(reviewComments.sentAt)))
    .returning({ id: reviewComments.id, body: reviewComments.body });
  const bodies = new Map(marked.map(({ id, body }) => [id, body]));
  if (comments.some(({ id, body }) => bodies.get(id) !== body)) throw new AnyonError('conflict', 'Somebody has just changed, sent or taken back a comment. Look at them again, then send them.');
}
