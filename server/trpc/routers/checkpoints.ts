import { router } from '@/server/trpc/init';

export const checkpointsRouter = router({});
