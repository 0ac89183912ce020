import { fitsInput } from '@/contract/capacity';
import { reconcileInput } from '@/contract/difference';
import { systemStatus } from '@/server/system/system-status';
import { procedure, router } from '@/server/trpc/init';
import { countFitting, readCapacity } from '@/server/workspaces/admission/read-capacity';
import { listReports } from '@/server/workspaces/reconcile/reports';
import { requestReconcile } from '@/server/workspaces/reconcile/request-reconcile';

export const systemRouter = router({
  status: procedure.member.query(() => systemStatus()),
  /** Memory and disk of the VM, and what of the actor's own waits for them. */
  capacity: procedure.member.query(({ ctx }) => readCapacity(ctx.actor)),
  /** How many more workspaces of this size could work at once. */
  fits: procedure.member.input(fitsInput).query(({ input }) => countFitting(input.memoryBytes)),
  /** What the reconciler found and did lately, newest first. */
  differences: procedure.admin.query(() => listReports()),
  /** Compares database and machine now; without `dryRun` the worker also ends the differences. */
  reconcile: procedure.admin.input(reconcileInput).mutation(({ input }) => requestReconcile({ cause: 'person', dryRun: input.dryRun })),
});
