import { z } from 'zod';
import { workspaceStatusSchema } from '@/contract/workspace';

export const batchActions = ['start', 'stop', 'restart', 'delete'] as const;
export const batchActionSchema = z.enum(batchActions);
export type BatchAction = z.infer<typeof batchActionSchema>;

/** Which of the actor's workspaces; every given condition must hold. */
export const workspaceFilterSchema = z.object({
  status: z.array(workspaceStatusSchema).optional(),
  ownerId: z.uuid().optional(),
  repositoryUrl: z.string().max(2048).optional(),
  /** Part of the name, whatever the case. */
  name: z.string().trim().max(64).optional(),
});
export type WorkspaceFilter = z.infer<typeof workspaceFilterSchema>;

export const startBatchInput = z.object({
  action: batchActionSchema,
  selection: z.union([
    z.object({ workspaceIds: z.array(z.uuid()).min(1, 'Choose at least one workspace.').max(500, 'A batch has at most 500 workspaces.') }),
    z.object({ filter: workspaceFilterSchema }),
  ]),
});
export type StartBatchInput = z.output<typeof startBatchInput>;

/** pending → working → succeeded | failed; `skipped`: there was nothing to do; `cancelled`: the rest was stopped. */
export const batchItemStatuses = ['pending', 'working', 'succeeded', 'failed', 'skipped', 'cancelled'] as const;
export const batchItemSchema = z.object({
  workspaceId: z.uuid(),
  workspaceName: z.string(),
  status: z.enum(batchItemStatuses),
  reason: z.string().nullable(),
  taskId: z.uuid().nullable(),
  startedAt: z.date().nullable(),
  finishedAt: z.date().nullable(),
});
export type BatchItem = z.infer<typeof batchItemSchema>;

/** running → done | stopped (by a person) | broken (the breaker opened: the same failure again and again). */
export const batchStatuses = ['running', 'done', 'stopped', 'broken'] as const;
export const batchViewSchema = z.object({
  id: z.uuid(),
  action: batchActionSchema,
  status: z.enum(batchStatuses),
  statusReason: z.string().nullable(),
  statusSince: z.date(),
  requestedBy: z.string(),
  /** The batch whose failed items this one repeats. */
  retryOfId: z.uuid().nullable(),
  counts: z.object({
    total: z.number().int(),
    pending: z.number().int(),
    working: z.number().int(),
    succeeded: z.number().int(),
    failed: z.number().int(),
    skipped: z.number().int(),
    cancelled: z.number().int(),
  }),
  createdAt: z.date(),
  finishedAt: z.date().nullable(),
});
export type BatchView = z.infer<typeof batchViewSchema>;
export const batchWithItemsSchema = batchViewSchema.extend({ items: z.array(batchItemSchema) });
export type BatchWithItems = z.infer<typeof batchWithItemsSchema>;
export const batchIdInput = z.object({ batchId: z.uuid() });
