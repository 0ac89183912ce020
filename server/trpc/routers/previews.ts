import { listPreviewsInput } from '@/contract/preview';
import { router } from '@/server/trpc/init';
import { rateLimited } from '@/server/trpc/rate-limited';
import { requireWorkspaceAccess } from '@/server/workspaces/access';
import { listPreviews } from '@/server/workspaces/previews/list-previews';

/** They are opened by a link (app/api/workspaces/[workspaceId]/preview): a browser opens no window of its own accord after waiting for an answer. */
export const previewsRouter = router({
  list: rateLimited('look at previews').input(listPreviewsInput).query(async ({ ctx, input }) => listPreviews(await requireWorkspaceAccess(ctx.actor, input.workspaceId))),
});
