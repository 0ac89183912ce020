import { listAuditInput } from '@/contract/audit';
import { listAudit } from '@/server/audit/list-audit';
import { procedure, router } from '@/server/trpc/init';

export const auditRouter = router({
  /** Who did what, newest first, page by page. */
  list: procedure.admin.input(listAuditInput).query(({ ctx, input }) => listAudit(ctx.actor, input)),
});
