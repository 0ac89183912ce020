import { router } from '@/server/trpc/init';

export const batchesRouter = router({});
