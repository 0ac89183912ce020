import { z } from 'zod';
import { variantMarkSchema } from '@/contract/variant-mark';
import { runStatusSchema, parkReasonSchema } from '@/contract/run';

export const boardColumns = ['needs_you', 'working', 'waiting', 'done'] as const;
export type BoardColumn = (typeof boardColumns)[number];

/** One run on the board. */
export const boardCardSchema = z.object({
  runId: z.uuid(),
  workspaceId: z.uuid(),
  workspaceName: z.string(),
  number: z.number().int(),
  column: z.enum(boardColumns),
  /** The prompt's first line. */
  title: z.string(),
  branch: z.string(),
  status: runStatusSchema,
  statusReason: z.string().nullable(),
  statusSince: z.date(),
  nextStep: z.string().nullable(),
  parkedFor: parkReasonSchema.nullable(),
  parkedUntil: z.date().nullable(),
  /** Claude's last sentence, null before it has said anything. */
  lastSaid: z.string().nullable(),
  files: z.number().int(),
  additions: z.number().int(),
  deletions: z.number().int(),
  costUsd: z.number().nullable(),
  owner: z.object({ id: z.uuid(), login: z.string() }),
  createdAt: z.date(),
  finishedAt: z.date().nullable(),
  /** Null for a run that is none of several tries of one prompt. */
  variant: variantMarkSchema.nullable(),
});
export type BoardCard = z.infer<typeof boardCardSchema>;

/** `archived`: also variants that were put out of the way. `of`: whose runs; `all` is for admins and counts as `mine` for others. `doneLimit`: how many of the finished ones. */
export const boardInput = z.strictObject({ of: z.enum(['mine', 'all']).default('mine'), doneLimit: z.number().int().min(1).max(200).default(50), archived: z.boolean().default(false) });
