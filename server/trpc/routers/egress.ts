import { z } from 'zod';
import { addPrivateDestinationInput } from '@/contract/egress';
import { workspaceIdInput } from '@/contract/workspace';
import { addPrivateDestination, listPrivateDestinations, removePrivateDestination } from '@/server/egress/private-destinations';
import { listRefusals } from '@/server/egress/refusals';
import { procedure, router } from '@/server/trpc/init';
import { requireWorkspaceAccess } from '@/server/workspaces/access';

export const egressRouter = router({
  refusals: procedure.member.input(workspaceIdInput).query(async ({ ctx, input }) => listRefusals(await requireWorkspaceAccess(ctx.actor, input.workspaceId))),
  privateDestinations: procedure.admin.query(() => listPrivateDestinations()),
  addPrivateDestination: procedure.admin.input(addPrivateDestinationInput).mutation(({ ctx, input }) => addPrivateDestination(ctx.actor, input)),
  removePrivateDestination: procedure.admin.input(z.object({ id: z.uuid() })).mutation(({ input }) => removePrivateDestination(input.id)),
});
