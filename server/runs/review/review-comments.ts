import { and, asc, count, eq, isNull } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import type { MaskedText } from '@/contract/masked-text';
import { MOST_COLLECTED, reviewCommentSchema, type AddCommentInput, type ReviewComment } from '@/contract/review';
import { reviewComments, users } from '@/db/schema';
import { database } from '@/server/database';
import { AnyonError } from '@/server/errors';
import type { RunAccess } from '@/server/runs/access';
import { personMasker } from '@/server/secrets/person-masker';
import { runMasker } from '@/server/secrets/run-masker';

export type ReviewCommentRow = typeof reviewComments.$inferSelect;

/** The comments on a run's diff, in the order of the files. Whoever may use the run sees all of them. */
export async function listComments({ run }: RunAccess): Promise<ReviewComment[]> {
  const rows = await database()
    .select({ comment: reviewComments, author: { id: users.id, login: users.login } })
    .from(reviewComments)
    .innerJoin(users, eq(users.id, reviewComments.authorId))
    .where(eq(reviewComments.runId, run.id))
    .orderBy(asc(reviewComments.path), asc(reviewComments.line), asc(reviewComments.id));
  return rows.map(({ comment, author }) => reviewCommentSchema.parse({ ...comment, author }));
}

/** Collects a comment; returns its id. */
export async function addComment(access: RunAccess, { path, side, line, lineText, body }: Omit<AddCommentInput, 'runId'>): Promise<{ id: string }> {
  const { run, actor } = access;
  const [collected] = await database().select({ n: count() }).from(reviewComments).where(and(eq(reviewComments.runId, run.id), isNull(reviewComments.sentAt)));
  if ((collected?.n ?? 0) >= MOST_COLLECTED) throw new AnyonError('limit_reached', `There are ${MOST_COLLECTED} comments already. Send them to Claude first.`);
  const mask = await maskWith(access);
  const id = uuidv7();
  await database().insert(reviewComments).values({ id, runId: run.id, authorId: actor.userId, path: mask(path), side, line, lineText: mask(lineText), body: mask(body) });
  return { id };
}

/** Only its author changes a comment, and only until it is sent. */
export async function changeComment(access: RunAccess, { commentId, body }: { commentId: string; body: string }): Promise<void> {
  await requireOwn(access, commentId);
  const mask = await maskWith(access);
  const changed = await database().update(reviewComments).set({ body: mask(body) }).where(unsent(commentId)).returning({ id: reviewComments.id });
  if (changed.length === 0) throw sentMeanwhile();
}

/** Only its author takes a comment back, and only until it is sent. */
export async function removeComment(access: RunAccess, { commentId }: { commentId: string }): Promise<void> {
  await requireOwn(access, commentId);
  const removed = await database().delete(reviewComments).where(unsent(commentId)).returning({ id: reviewComments.id });
  if (removed.length === 0) throw sentMeanwhile();
}

async function requireOwn({ run, actor }: RunAccess, commentId: string): Promise<void> {
  const [comment] = await database()
    .select()
    .from(reviewComments)
    .where(and(eq(reviewComments.id, commentId), eq(reviewComments.runId, run.id)));
  if (!comment) throw new AnyonError('conflict', 'This comment is not there any more: its author has taken it back.');
  if (comment.authorId !== actor.userId) throw new AnyonError('forbidden', 'Only its author can change a comment.');
  if (comment.sentAt !== null) throw sentMeanwhile();
}

const unsent = (commentId: string) => and(eq(reviewComments.id, commentId), isNull(reviewComments.sentAt));

function sentMeanwhile(): AnyonError {
  return new AnyonError('conflict', 'This comment has been sent to Claude already. Write another one.');
}

/** Without what the run was given, and without what the person has entered as secrets. */
async function maskWith({ run, actor }: RunAccess): Promise<(text: string) => MaskedText> {
  const [ofRun, ofPerson] = await Promise.all([runMasker(run.id), personMasker(actor.userId)]);
  return (text) => ofRun.maskText(ofPerson.maskText(text));
}
