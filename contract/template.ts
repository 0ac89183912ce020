import { z } from 'zod';
import { egressPolicySchema } from '@/contract/egress';
import { recoveryPolicySchema } from '@/contract/recovery';
import { idleStopSchema, imageReferenceSchema, setupScriptSchema, workspaceLimitsSchema, workspaceNameSchema } from '@/contract/workspace';

/** A named set of limits, image and further settings that a new workspace can begin with. Everybody may use one, admins make them. */
export const templateFieldsSchema = z.object({
  name: workspaceNameSchema,
  description: z.string().trim().max(300).default(''),
  limits: workspaceLimitsSchema,
  /** Null: the install's image. */
  image: imageReferenceSchema.nullable(),
  egress: egressPolicySchema,
  recovery: recoveryPolicySchema,
  setupScript: setupScriptSchema.nullable(),
  idleStopMinutes: idleStopSchema.nullable(),
});
export type TemplateFields = z.output<typeof templateFieldsSchema>;
export const templateViewSchema = templateFieldsSchema.extend({ id: z.uuid(), createdAt: z.date() });
export type TemplateView = z.infer<typeof templateViewSchema>;
export const templateIdInput = z.object({ templateId: z.uuid() });
export const changeTemplateInput = templateFieldsSchema.extend({ templateId: z.uuid() });
