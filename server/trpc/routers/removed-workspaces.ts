import { router } from '@/server/trpc/init';

export const removedWorkspacesRouter = router({});
