import { changeTemplateInput, templateFieldsSchema, templateIdInput } from '@/contract/template';
import { procedure, router } from '@/server/trpc/init';
import { changeTemplate, createTemplate, listTemplates, removeTemplate } from '@/server/workspaces/templates/templates';

export const templatesRouter = router({
  list: procedure.member.query(() => listTemplates()),
  create: procedure.admin.input(templateFieldsSchema).mutation(({ input }) => createTemplate(input)),
  change: procedure.admin.input(changeTemplateInput).mutation(({ input: { templateId, ...fields } }) => changeTemplate(templateId, fields)),
  remove: procedure.admin.input(templateIdInput).mutation(({ input }) => removeTemplate(input.templateId)),
});
