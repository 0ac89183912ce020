import { applyRetentionInput, changeRetentionInput } from '@/contract/retention';
import { applyRetentionNow } from '@/server/system/retention/apply-now';
import { changeRetention } from '@/server/system/retention/change-retention';
import { forecastProposal, forecastRetention } from '@/server/system/retention/forecast';
import { procedure, router } from '@/server/trpc/init';

export const retentionRouter = router({
  /** The rules, what will go by them and when, and what went. */
  forecast: procedure.admin.query(({ ctx }) => forecastRetention(ctx.actor)),
  /** What would go by a rule that is not there yet. */
  tryOut: procedure.admin.input(changeRetentionInput).query(({ ctx, input }) => forecastProposal(ctx.actor, input)),
  /** Nothing goes by a changed rule for a day. */
  change: procedure.admin.input(changeRetentionInput).mutation(({ ctx, input }) => changeRetention(ctx.actor, input)),
  /** Ends that day at once. */
  applyNow: procedure.admin.input(applyRetentionInput).mutation(({ ctx, input }) => applyRetentionNow(ctx.actor, input)),
});
