import { z } from 'zod';

/** The side of a diff on which a comment stands: the file as it was, or as it is. */
export const commentSides = ['old', 'new'] as const;

/** Against what a diff is: where the whole conversation began, or where this run began. */
export const diffBases = ['conversation', 'run'] as const;
export const diffBaseSchema = z.enum(diffBases);
export type DiffBase = z.infer<typeof diffBaseSchema>;

export const runDiffInput = z.strictObject({ runId: z.uuid(), against: diffBaseSchema.default('run') });

export const reviewCommentSchema = z.object({
  id: z.uuid(),
  runId: z.uuid(),
  author: z.object({ id: z.uuid(), login: z.string() }),
  path: z.string(),
  side: z.enum(commentSides),
  line: z.number().int(),
  lineText: z.string(),
  body: z.string(),
  createdAt: z.date(),
  /** Null while it is collected. */
  sentAt: z.date().nullable(),
});
export type ReviewComment = z.infer<typeof reviewCommentSchema>;

const body = z.string().trim().min(1, 'Write what should be different.').max(16 * 1024, 'A comment has at most 16,384 characters.');
const path = z.string().min(1).max(4096);

export const addCommentInput = z.strictObject({ runId: z.uuid(), path, side: z.enum(commentSides), line: z.number().int().min(1), lineText: z.string().max(2000), body });
export type AddCommentInput = z.output<typeof addCommentInput>;
export const commentIdInput = z.strictObject({ runId: z.uuid(), commentId: z.uuid() });
export const changeCommentInput = commentIdInput.extend({ body });
/** Sends all collected comments as one follow-up, below `words` where given. */
export const sendReviewInput = z.strictObject({ runId: z.uuid(), words: z.string().trim().max(64 * 1024).optional() });
/** Makes one file what it was at the base. */
export const revertFileInput = z.strictObject({ runId: z.uuid(), path, against: diffBaseSchema });
/** Makes the worktree what it was at the end of that run of the conversation. */
export const restoreRunInput = z.strictObject({ runId: z.uuid() });
