import { z } from 'zod';

/** To which variant of which group a run belongs. */
export const variantMarkSchema = z.object({
  groupId: z.uuid(),
  /** Counts up from 1. */
  position: z.number().int(),
  of: z.number().int(),
  isChosen: z.boolean(),
  isArchived: z.boolean(),
});
export type VariantMark = z.infer<typeof variantMarkSchema>;
