import { followChanges } from '@/server/runs/change-feed';
import { procedure, router } from '@/server/trpc/init';
import { whileSignedIn } from '@/server/trpc/while-signed-in';

export const changesRouter = router({
  /** One per browser tab: ids of workspaces and runs that have changed. */
  watch: procedure.member.subscription(({ ctx, signal }) => whileSignedIn({ actor: ctx.actor, signal }, (until) => followChanges(ctx.actor, until))),
});
