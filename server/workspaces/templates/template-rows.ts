import type { TemplateFields, TemplateView } from '@/contract/template';
import { templateViewSchema } from '@/contract/template';
import type { templates } from '@/db/schema';
import { checkImageReference } from '@/server/containers/image-reference';
import { egressColumns, limitColumns, recoveryColumns, scriptColumn } from '@/server/workspaces/workspace-settings';

export type TemplateRow = typeof templates.$inferSelect;

/** A template as pages and forms see it. */
export function toTemplateView(row: TemplateRow): TemplateView {
  return templateViewSchema.parse({
    ...row,
    limits: { memoryBytes: row.memoryBytes, cpus: row.cpus, pids: row.pids, diskBytes: row.diskBytes },
    egress: { level: row.egressLevel, hosts: row.egressHosts },
    recovery: { maxRetries: row.recoveryMaxRetries, backoffSeconds: row.recoveryBackoffSeconds, fallback: row.recoveryFallback },
  });
}

/** The columns of a template. Throws `invalid` for an image that the engine would refuse: better when it is written than at every use. */
export function toTemplateColumns(fields: TemplateFields): Omit<TemplateRow, 'id' | 'createdAt'> {
  const { name, description, limits, image, egress, recovery, setupScript, idleStopMinutes } = fields;
  return {
    name,
    description,
    ...limitColumns(limits),
    image: image === null ? null : checkImageReference(image),
    ...egressColumns(egress),
    ...recoveryColumns(recovery),
    setupScript: scriptColumn(setupScript),
    idleStopMinutes,
  };
}
