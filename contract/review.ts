import { z } from 'zod';
import type { MaskedText } from '@/contract/masked-text';

/** The side of a diff on which a comment stands: the file as it was, or as it is. */
export const commentSides = ['old', 'new'] as const;

/** Against what a diff is: where the whole conversation began, or where this run began. */
export const diffBases = ['conversation', 'run'] as const;
export const diffBaseSchema = z.enum(diffBases);
export type DiffBase = z.infer<typeof diffBaseSchema>;

/** What happened to a file. `retyped`: it became a link, a submodule, or a file again. */
export const fileStatuses = ['added', 'deleted', 'modified', 'renamed', 'retyped'] as const;

const size = z.number().int().min(0).nullable();
const mode = z.string().regex(/^[0-7]{6}$/);

/** A file of a diff: what the wrapper says about it. */
export const diffFileSchema = z.object({
  /** Names the file by the bytes of its path, which a text may not be able to hold. */
  id: z.string().regex(/^[0-9a-f]{40}$/),
  path: z.string(),
  /** Its earlier path, of a renamed one. */
  from: z.string().nullable(),
  status: z.enum(fileStatuses),
  additions: z.number().int().min(0),
  deletions: z.number().int().min(0),
  binary: z.boolean(),
  /** As git writes them: 100644, 100755 (can be run), 120000 (a link), 160000 (a submodule), 000000 (nothing). */
  oldMode: mode,
  newMode: mode,
  /** In bytes; only of binary files. */
  oldSize: size,
  newSize: size,
  /** How many pieces of the patch are about it, in the order of the list. */
  blocks: z.number().int().min(0).max(2),
  /** Why there are none: the file differs in too much to be sent unasked, or the patch was full. */
  omitted: z.enum(['large', 'rest']).nullable(),
});
export type DiffFile = z.infer<typeof diffFileSchema>;

/** What a run has changed, masked. Without `files` the patch is all there is: it was kept before files were listed beside it. */
export interface RunDiff {
  files: DiffFile[];
  patch: MaskedText;
  truncated: boolean;
  /** Read from the working tree this moment. */
  live: boolean;
  baseCommit: string | null;
}

export const runDiffInput = z.strictObject({ runId: z.uuid(), against: diffBaseSchema.default('run') });

/** So many comments on one run may be collected at a time. */
export const MOST_COLLECTED = 200;

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
const fileId = diffFileSchema.shape.id;
/** `patch`: the changes of a file that are too large to be sent unasked. `old`: the whole file as it was, for the lines around its changes. */
export const reviewFileInput = z.strictObject({ runId: z.uuid(), fileId, against: diffBaseSchema, what: z.enum(['patch', 'old']) });
export type ReviewFileInput = z.output<typeof reviewFileInput>;
/** Makes one file what it was at the base. */
export const revertFileInput = z.strictObject({ runId: z.uuid(), fileId, against: diffBaseSchema });
export type RevertFileInput = z.output<typeof revertFileInput>;
/** Makes the worktree what it was at the end of that run of the conversation. */
export const restoreRunInput = z.strictObject({ runId: z.uuid() });
